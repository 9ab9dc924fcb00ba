WITH heard AS (
  SELECT
    src_ip AS peer,
    count(DISTINCT concat_ws('/', capture, call)) AS calls,
    count(*) AS streams,
    avg(mos) AS mos_mean,
    quantile_disc(mos, 0.05) AS mos_p5,
    100.0 * sum(CASE WHEN mos < 3.6 THEN 1 ELSE 0 END) / count(*) AS bad_percent,
    avg(lost_percent) AS lost_percent,
    avg(jitter_ms) AS jitter_ms
  FROM streams
  WHERE mos IS NOT NULL AND call IS NOT NULL
  GROUP BY peer
),
enough AS (SELECT least(10, max(calls)) AS most FROM heard)
SELECT peer, calls, streams, mos_mean, mos_p5, bad_percent, lost_percent, jitter_ms
FROM heard CROSS JOIN enough
WHERE calls >= most
ORDER BY mos_mean, peer
