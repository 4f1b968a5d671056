-- What became of items that the transaction has locked: one statement for all of them.
UPDATE routing_batchitem AS item
SET state = new.state, way = new.way, batch_id = new.batch_id, failures = new.failures, error = new.error,
    not_before = new.not_before, leased_until = NULL, finished_at = new.finished_at, text = new.text,
    finish_reason = new.finish_reason, input_tokens = new.input_tokens, cached_input_tokens = new.cached_input_tokens,
    output_tokens = new.output_tokens, cost = new.cost, deliver_at = new.deliver_at
FROM jsonb_to_recordset(%s::jsonb) AS new(
    id bigint, state text, way text, batch_id bigint, failures integer, error text, not_before timestamptz,
    finished_at timestamptz, text text, finish_reason text, input_tokens integer, cached_input_tokens integer,
    output_tokens integer, cost numeric, deliver_at timestamptz)
WHERE item.id = new.id
