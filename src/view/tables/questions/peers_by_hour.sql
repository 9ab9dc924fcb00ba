SELECT
  callee_ip AS peer,
  strftime(start_time, '%Y-%m-%dT%H:00Z') AS hour,
  count(*) AS calls,
  sum(attempts) AS attempts,
  100.0 * sum(attempts_answered) / nullif(sum(attempts), 0) AS asr_percent,
  100.0 * sum(attempts_reached) / nullif(sum(attempts), 0) AS ner_percent,
  avg(duration_s) AS acd_s,
  quantile_disc(post_dial_delay_ms, 0.5) AS pdd_p50_ms,
  quantile_disc(post_dial_delay_ms, 0.95) AS pdd_p95_ms
FROM calls
GROUP BY peer, hour
ORDER BY peer, hour
