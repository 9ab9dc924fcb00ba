SELECT
  strftime(start_time, '%Y-%m-%dT%H:%MZ') AS minute,
  count(*) AS calls,
  sum(attempts_answered) AS answered
FROM calls
GROUP BY minute
ORDER BY calls DESC, minute
