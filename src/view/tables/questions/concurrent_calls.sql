WITH changes AS (
  SELECT start_time AS time, 1 AS change FROM calls
  UNION ALL
  SELECT end_time AS time, -1 AS change FROM calls WHERE end_time IS NOT NULL
),
moments AS (
  SELECT time, sum(change) AS change FROM changes GROUP BY time
)
SELECT time, sum(change) OVER (ORDER BY time) AS calls
FROM moments
ORDER BY time
