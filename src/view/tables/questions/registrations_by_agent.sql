SELECT
  user_agent,
  count(*) AS registrations,
  sum(attempts) AS attempts,
  sum(succeeded) AS succeeded,
  sum(failed) AS failed,
  100.0 * sum(succeeded) / nullif(sum(attempts), 0) AS succeeded_percent,
  quantile_disc(delay_ms, 0.5) AS delay_p50_ms
FROM registrations
GROUP BY user_agent
ORDER BY attempts DESC, user_agent
