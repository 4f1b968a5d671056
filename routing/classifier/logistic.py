"""Logistic regression with an L2 penalty, by Newton's method (iteratively reweighted least squares).

Minimises Σ wᵢ·log(1 + exp(−yᵢ(xᵢβ + b))) + ½λ‖β‖², y = ±1; the intercept b is not penalised. Hastie, Tibshirani,
Friedman, "The Elements of Statistical Learning", 4.4.1. The penalty makes it strictly convex, also where the two
sides can be separated, so there is one answer and no chance in finding it.
"""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Numbers = NDArray[np.float64]
STEPS = 50
ENOUGH = 1e-4  # a step that changes no coefficient by more is the last: what is left is its square
HALVINGS = 12


def sigmoid(z: Numbers) -> Numbers:
    """1 / (1 + exp(−z)), without overflow at either end."""
    found: Numbers = 0.5 * (1.0 + np.tanh(0.5 * z))
    return found


def fit(x: Numbers, y: NDArray[np.bool_], weights: Numbers, penalty: float) -> tuple[Numbers, float]:
    """(coefficients, shape (columns,); intercept). `x` is (rows, columns), `weights` (rows,), `penalty` λ > 0.

    Raises ValueError for a penalty that is not positive, and for rows that are all of one side: without an end there.
    """
    if penalty <= 0:
        raise ValueError("The penalty must be positive.")
    if y.all() or not y.any():
        raise ValueError("Rows of one side only: nothing to tell apart.")
    # One thread: measured, several wait for each other on a busy machine and take eight times the processor's time.
    with threadpool_limits(1, "blas"):
        return _fit(x, y, weights, penalty)


def _fit(x: Numbers, y: NDArray[np.bool_], weights: Numbers, penalty: float) -> tuple[Numbers, float]:
    columns: Numbers = np.hstack([x, np.ones((len(x), 1))])
    ridge = np.full(columns.shape[1], penalty)
    ridge[-1] = 0.0
    beta: Numbers = np.zeros(columns.shape[1])
    loss = _loss(columns, y, weights, ridge, beta)
    for _ in range(STEPS):
        step = _newton_step(columns, y, weights, ridge, beta)
        beta, loss, moved = _descend(columns, y, weights, ridge, beta, loss, step)
        if moved <= ENOUGH:
            break
    return beta[:-1], float(beta[-1])


def _newton_step(x: Numbers, y: NDArray[np.bool_], weights: Numbers, ridge: Numbers, beta: Numbers) -> Numbers:
    p: Numbers = sigmoid(x @ beta)
    gradient = x.T @ (weights * (p - y)) + ridge * beta
    curvature = (x * (weights * p * (1 - p))[:, None]).T @ x
    curvature[np.diag_indices_from(curvature)] += ridge + 1e-9
    return np.asarray(np.linalg.solve(curvature, gradient), dtype=np.float64)


def _descend(
    x: Numbers, y: NDArray[np.bool_], weights: Numbers, ridge: Numbers, beta: Numbers, loss: float, step: Numbers
) -> tuple[Numbers, float, float]:
    """Along the step, halved until it goes down: (coefficients, their loss, the largest change)."""
    for halving in range(HALVINGS):
        tried = beta - step * 0.5**halving
        found = _loss(x, y, weights, ridge, tried)
        if found <= loss:
            return tried, found, float(np.abs(tried - beta).max())
    return beta, loss, 0.0


def _loss(x: Numbers, y: NDArray[np.bool_], weights: Numbers, ridge: Numbers, beta: Numbers) -> float:
    margins = np.where(y, 1.0, -1.0) * (x @ beta)
    return float(weights @ np.logaddexp(0.0, -margins) + 0.5 * ridge @ beta**2)
