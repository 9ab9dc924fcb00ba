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
import pyarrow.parquet

parquet, arrow = sys.argv[1:]

STATES = """
    SELECT state, count(*) AS calls, avg(mos) AS mos, sum(status) AS statuses, {micros} AS last
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
        "micros": "max(epoch_us(start_time))",
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
    calls["micros"] = calls["start_time"].astype("int64")
    states = calls.groupby("state", as_index=False).agg(
        calls=("call", "size"), mos=("mos", "mean"), statuses=("status", "sum"), last=("micros", "max")
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
        "micros": "max(toUnixTimestamp64Micro(assumeNotNull(start_time)))",
        "date": "extract(_path, 'date=([^/]+)')",
        "hour": "extract(_path, 'hour=([^/]+)')",
    }

    # ClickHouse 26.9 keeps as a file's count of rows what was left of them by the filter of a join, and count(*)
    # takes it from there; so it does with files that pyarrow wrote.
    settings = {
        "use_hive_partitioning": 0,
        "output_format_json_quote_64bit_integers": 0,
        "use_cache_for_count_from_files": 0,
    }
    set_to = " SETTINGS " + ", ".join(f"{name} = {value}" for name, value in settings.items())

    def ask(question):
        answer = chdb.query(question.format(**names) + set_to, "JSONCompactEachRow")
        return [json.loads(line) for line in str(answer).splitlines()]

    return {"states": ask(STATES), "packets": ask(PACKETS), "hours": ask(HOURS)}


def not_of_spark():
    """Columns of types that Spark's ParquetToSparkSchemaConverter does not read, and compressions that it does not."""
    for path in glob.glob(f"{parquet}/**/*.parquet", recursive=True):
        file = pyarrow.parquet.ParquetFile(path)
        for at in range(len(file.schema)):
            column = file.schema.column(at)
            logical = json.loads(column.logical_type.to_json())
            is_read = {
                "BOOLEAN": logical["Type"] == "None",
                "DOUBLE": logical["Type"] == "None",
                "INT64": logical["Type"] == "None"
                or logical["Type"] == "Timestamp" and logical["timeUnit"] in ["milliseconds", "microseconds"],
                "BYTE_ARRAY": logical["Type"] == "String",
            }
            if not is_read.get(column.physical_type, False) or column.max_repetition_level > 0:
                yield f"{path} {column.name} {column.physical_type} {logical}"
        groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
        chunks = [group.column(at) for group in groups for at in range(group.num_columns)]
        if any(chunk.compression not in ["ZSTD", "SNAPPY", "UNCOMPRESSED"] for chunk in chunks):
            yield f"{path} compression"


def of_arrow():
    read = lambda name: pyarrow.ipc.open_file(glob.glob(f"{arrow}/{name}/*.arrow")[0]).read_all()
    calls = read("calls")
    return {
        "spark": sorted(not_of_spark()),
        "types": [str(calls.schema.field(name).type) for name in ["start_time", "mos", "call", "state"]],
        "states": sorted(calls["state"].to_pylist()),
        "rows": {name: read(name).num_rows for name in ["calls", "messages", "streams", "findings"]},
    }


print(json.dumps({"duckdb": of_duckdb(), "pandas": of_pandas(), "chdb": of_chdb(), "arrow": of_arrow()}))
