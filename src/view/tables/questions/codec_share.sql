WITH named AS (
  SELECT coalesce(codec, concat('payload type ', payload_type)) AS name, packets FROM streams
),
codecs AS (
  SELECT name, count(*) AS streams, sum(packets) AS packets FROM named GROUP BY name
)
SELECT
  name AS codec,
  streams,
  100.0 * streams / sum(streams) OVER () AS streams_percent,
  packets,
  100.0 * packets / sum(packets) OVER () AS packets_percent
FROM codecs
ORDER BY streams DESC, codec
