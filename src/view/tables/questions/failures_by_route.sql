SELECT
  caller_ip,
  callee_ip,
  status,
  first(reason) AS reason,
  count(*) AS calls
FROM calls
WHERE status >= 400
GROUP BY caller_ip, callee_ip, status
ORDER BY calls DESC, caller_ip, callee_ip, status
