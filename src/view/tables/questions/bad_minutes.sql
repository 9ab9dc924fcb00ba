SELECT
  strftime(time, '%Y-%m-%dT%H:%MZ') AS minute,
  count(DISTINCT concat_ws('/', capture, stream)) AS streams,
  count(DISTINCT src_ip) AS senders,
  count(DISTINCT dst_ip) AS receivers,
  min(mos) AS mos_min
FROM intervals
WHERE mos < 3.6
GROUP BY minute
HAVING streams > 1
ORDER BY streams DESC, minute
