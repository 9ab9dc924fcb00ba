"""Asks exported tables the same with DuckDB, pandas and ClickHouse (chdb).

ask.py PARQUET ARROW prints one JSON object: by engine and question, the rows.
PARQUET is partitioned by hour, ARROW is not partitioned.
"""

import glob
import json
import sys

import chdb
import duckdb
import pandas
import pyarrow
import pyarrow.ipc

parquet, arrow = sys.argv[1:]

STATES = """
    SELECT state, count(*) AS calls, avg(mos) AS mos, sum(status) AS statuses, {nanos} AS last
    FROM {calls} GROUP BY state ORDER BY state"""
PACKETS = """
    SELECT calls.callee_ip AS ip, count(*) AS streams, sum(streams.packets) AS packets
    FROM {calls} AS calls
    JOIN {streams} AS streams ON calls.capture = streams.capture AND calls.call = streams.call
    GROUP BY calls.callee_ip ORDER BY ip"""
HOURS = "SELECT {date} AS date, {hour} AS hour, count(*) AS calls FROM {calls} GROUP BY ALL ORDER BY date, hour"


def rows(frame):
    """A frame's rows as lists, what is not known as null."""
    objects = frame.astype(object)
    return objects.where(frame.notna(), None).values.tolist()


def of_duckdb():
    def file(table):
        return f"read_parquet('{parquet}/{table}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"

    names = {
        "calls": file("calls"),
        "streams": file("streams"),
        "nanos": "max(epoch_ns(start_time))",
        "date": "date",
        "hour": "hour",
    }
    ask = lambda question: [list(row) for row in duckdb.sql(question.format(**names)).fetchall()]
    types = duckdb.sql(f"SELECT typeof(start_time), typeof(mos), typeof(call) FROM {names['calls']} LIMIT 1")
    return {
        "states": ask(STATES),
        "packets": ask(PACKETS),
        "hours": ask(HOURS),
        "types": list(types.fetchall()[0]),
    }


def of_pandas():
    calls = pandas.read_parquet(f"{parquet}/calls")
    streams = pandas.read_parquet(f"{parquet}/streams")
    types = [str(calls[name].dtype) for name in ["start_time", "mos", "call", "state"]]
    calls["state"] = calls["state"].astype(str)
    calls["nanos"] = calls["start_time"].astype("int64")
    states = calls.groupby("state", as_index=False).agg(
        calls=("call", "size"), mos=("mos", "mean"), statuses=("status", "sum"), last=("nanos", "max")
    )
    both = calls.merge(streams, on=["capture", "call"], suffixes=("", "_of_stream"))
    packets = both.groupby("callee_ip", as_index=False).agg(
        streams=("stream", "size"), packets=("packets_of_stream", "sum")
    )
    for name in ["date", "hour"]:
        calls[name] = calls[name].astype(str)
    hours = calls.groupby(["date", "hour"], as_index=False).agg(calls=("call", "size"))
    hours["hour"] = hours["hour"].str.zfill(2)
    return {"states": rows(states), "packets": rows(packets), "hours": rows(hours), "types": types}


def of_chdb():
    def file(table):
        return f"file('{parquet}/{table}/**/*.parquet', Parquet)"

    names = {
        "calls": file("calls"),
        "streams": file("streams"),
        "nanos": "max(toUnixTimestamp64Nano(assumeNotNull(start_time)))",
        "date": "extract(_path, 'date=([^/]+)')",
        "hour": "extract(_path, 'hour=([^/]+)')",
    }

    def ask(question):
        settings = " SETTINGS use_hive_partitioning = 0, output_format_json_quote_64bit_integers = 0"
        answer = chdb.query(question.format(**names) + settings, "JSONCompactEachRow")
        return [json.loads(line) for line in str(answer).splitlines()]

    return {"states": ask(STATES), "packets": ask(PACKETS), "hours": ask(HOURS)}


def of_arrow():
    read = lambda name: pyarrow.ipc.open_file(glob.glob(f"{arrow}/{name}/*.arrow")[0]).read_all()
    calls = read("calls")
    return {
        "types": [str(calls.schema.field(name).type) for name in ["start_time", "mos", "call", "state"]],
        "states": sorted(calls["state"].to_pylist()),
        "rows": {name: read(name).num_rows for name in ["calls", "messages", "streams", "findings"]},
    }


print(json.dumps({"duckdb": of_duckdb(), "pandas": of_pandas(), "chdb": of_chdb(), "arrow": of_arrow()}))
