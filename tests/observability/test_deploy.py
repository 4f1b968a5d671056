"""What deploy/ tells Prometheus and Grafana is what Parley shows: every metric, label and word in every expression."""

import json
import re
import time

import promql_parser as promql
import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from observability.otlp import sending
from observability.prometheus import known, naming
from observability.prometheus.cells import Cells
from observability.prometheus.collector import FigureCollector
from observability.prometheus.registry import exposition, request_seconds, responses
from observability.statistics import FIGURES, Kind
from tests.plugin import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
RULES = [
    rule
    for file in sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "parley.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
VARIABLES = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
ALERTS = [rule for rule in RULES if "alert" in rule]
TARGET = {"job", "instance"}  # what Prometheus itself adds to every series


def asked(panel):
    return [(target["expr"].replace("$__rate_interval", "5m"), target["legendFormat"]) for target in panel["targets"]]


EXPRESSIONS = [rule["expr"] for rule in RULES] + [expr for panel in PANELS for expr, _ in asked(panel)]


@pytest.fixture(scope="module")
def shown():
    """Labels and their values by series, of a process that has counted everything there is to count."""
    cells = Cells()
    for figure in FIGURES.values():
        for label in figure.labels or ("any",):
            cells.hear(figure, [1.0], time.monotonic(), label, 0, 0, 0, 0)
    request_seconds.labels("view", "GET").observe(1)
    responses.labels("view", "GET", 200).inc()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known, "_known", {"site": {}, "model": {}})
        patch.setattr(known, "_at", float("inf"))
        patch.setattr(REGISTRY, "_collector_to_names", _with(FigureCollector(cells)))
        text = exposition("text/plain")[0].decode()
    found = {"up": {name: set() for name in TARGET}}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {name: set() for name in TARGET})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def _with(collector):
    """The process's collectors, with ours in place of that which shows what it has counted so far."""
    others = {each: names for each, names in REGISTRY._collector_to_names.items() if type(each) is not FigureCollector}
    return others | {collector: []}


def nodes(expression):
    """All parts of an expression. Raises ValueError where Prometheus would not read it."""
    found = []
    promql.walk(promql.parse(expression), pre_visit=found.append)
    return found


def selectors(expression):
    return [node for node in nodes(expression) if isinstance(node, promql.VectorSelector)]


def recorded():
    """Labels of what rules record."""
    return {rule["record"]: {name: set() for name in grouped(rule["expr"])} for rule in RULES if "record" in rule}


def grouped(expression):
    """The labels that results are told apart by."""
    return {
        label
        for node in nodes(expression)
        if isinstance(node, promql.AggregateExpr) and node.modifier
        for label in node.modifier.labels
    } - {"le"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_names_only_series_labels_and_words_that_there_are(shown, expression):
    series = shown | recorded()
    found = selectors(expression)
    assert found
    for node in found:
        assert node.name in series
        for matcher in node.matchers.matchers:
            assert matcher.name in series[node.name]
            _word_exists(node.name, matcher)
    assert grouped(expression) <= set().union(*(series[node.name] for node in found))


def _word_exists(name, matcher):
    words = next((set(each.labels) for each in FIGURES.values() if name in _series(each)), set())
    words = {"label": words, "outcome": set(sending.OUTCOMES), "job": _jobs()}.get(matcher.name, set())
    if words:
        assert set(re.split(r"\|", matcher.value)) <= words


def _series(figure):
    return naming.samples(figure) - (
        {naming.measured(figure)} if figure.open_label and figure.kind is Kind.LEVEL else set()
    )


def _jobs():
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    return {job["job_name"] for job in config["scrape_configs"]}


def test_every_figure_that_parley_counts_is_on_the_dashboard():
    named = {node.name for panel in PANELS for expr, _ in asked(panel) for node in selectors(expr)}
    left_out = [figure.name for figure in FIGURES.values() if not naming.samples(figure) & named]
    assert left_out == [], "give it a panel in deploy/grafana/dashboards/parley.json"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_happened_in_labels_that_it_has(rule):
    told = " ".join(rule["annotations"].values())
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    whole = re.match(r"up\b", rule["expr"]) is not None  # all labels of the series stay
    assert set(re.findall(r"\$labels\.(\w+)", told)) <= grouped(rule["expr"]) | (TARGET if whole else set())


def test_names_of_rules_are_given_once():
    names = [rule.get("alert") or rule["record"] for rule in RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_legends_name_labels_that_the_expression_keeps(shown, panel):
    for expr, legend in asked(panel):
        kept = grouped(expr) or {label for node in selectors(expr) for label in shown[node.name]}
        assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= kept
        assert set(re.findall(r"\$(\w+)", expr)) <= set(VARIABLES)


def test_panels_have_numbers_of_their_own_and_do_not_overlap(shown):
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_what_can_be_chosen_is_a_label_of_its_metric(shown):
    for name in ("site", "model"):
        metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", VARIABLES[name]["query"]["query"]).groups()
        assert label == name
        assert label in shown[metric]


def test_the_files_that_prometheus_and_grafana_read_name_what_is_there():
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    assert all(list((DEPLOY / "prometheus").glob(pattern)) for pattern in config["rule_files"])
    for file in (DEPLOY / "grafana" / "provisioning").rglob("*.yml"):
        assert yaml.safe_load(file.read_text())["apiVersion"] == 1
