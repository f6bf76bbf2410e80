extension ParquetReader {
    /// Writes the rows of Parquet files to standard output.
    ///
    /// Its argument is the path of a JSON file `[THREADS, [[PATH, NAME], …]]`. Its output is a sequence of messages of three
    /// little-endian integers of 32 bits, a kind and two values, and what follows them:
    ///
    /// - 1, columns: the number of columns. It comes first.
    /// - 2, rows: the index of a file, the number of rows, and these as FP32, row by row. A missing value is NaN.
    /// - 3, the end.
    /// - 4, a mistake of the user: the number of bytes, and a message in UTF-8.
    /// - 5, memory ran out.
    ///
    /// Rows are read in batches, so that memory does not depend on the size of the files.
    static let script = #"""
        import sys

        # Modules of the working folder are none of ours.
        sys.path[:] = [path for path in sys.path if path]

        import json
        import struct

        output = sys.stdout.buffer
        MOST_COLUMNS = 1 << 20


        def send(kind, first=0, second=0, data=b""):
            output.write(struct.pack("<III", kind, first, second))
            output.write(data)


        def fail(message):
            text = message.encode("utf-8", "replace")[:4000]
            send(4, 0, len(text), text)
            output.flush()
            sys.exit(1)


        try:
            import numpy
            import pyarrow
            from pyarrow import parquet, types
        except ImportError as error:
            fail(f"Parquet is read with the Python package pyarrow, which {sys.executable} does not have ({error}). "
                 f"Install it with: {sys.executable} -m pip install pyarrow")


        def index_columns(schema):
            """The names of the columns that pandas wrote for the index of a frame."""
            try:
                named = (schema.pandas_metadata or {}).get("index_columns", [])
                return {name for name in named if isinstance(name, str)}
            except Exception:
                return set()


        def is_number(kind):
            if types.is_dictionary(kind):
                kind = kind.value_type
            return (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
                    or types.is_decimal(kind) or types.is_null(kind))


        def numbers(array):
            kind = array.type
            if types.is_dictionary(kind):
                array = array.dictionary_decode()
                kind = array.type
            if types.is_null(kind):
                return numpy.full(len(array), numpy.nan, numpy.float32)
            if types.is_boolean(kind):
                array = array.cast(pyarrow.uint8())
            elif types.is_decimal(kind):
                array = array.cast(pyarrow.float64())
            return array.to_numpy(zero_copy_only=False).astype(numpy.float32)


        def described(names):
            return ", ".join(f"'{name[:80]}'" for name in sorted(names)[:5])


        def order(columns, wanted, name, first):
            """The positions of the wanted columns."""
            if columns == wanted:
                return list(range(len(columns)))
            missing, more = set(wanted) - set(columns), set(columns) - set(wanted)
            if missing:
                fail(f"{name} has other columns than {first}: it does not have {described(missing)}.")
            if more:
                fail(f"{name} has other columns than {first}: it also has {described(more)}.")
            if len(set(columns)) != len(columns) or len(columns) != len(wanted):
                fail(f"{name} has other columns than {first}.")
            places = {column: place for place, column in enumerate(columns)}
            return [places[column] for column in wanted]


        def main():
            with open(sys.argv[1], encoding="utf-8") as file:
                threads, files = json.load(file)
            pyarrow.set_cpu_count(threads)
            wanted = None
            for index, (path, name) in enumerate(files):
                try:
                    with parquet.ParquetFile(path, memory_map=True) as table:
                        schema = table.schema_arrow
                        dropped = index_columns(schema)
                        kept = [place for place, field in enumerate(schema) if field.name not in dropped]
                        columns = [schema.field(place).name for place in kept]
                        if not columns:
                            fail(f"{name} has no columns.")
                        if len(columns) > MOST_COLUMNS:
                            fail(f"{name} has {len(columns)} columns. It can have {MOST_COLUMNS}.")
                        for place in kept:
                            field = schema.field(place)
                            if not is_number(field.type):
                                fail(f"{name}: the column '{field.name[:80]}' is not numeric, but of type {str(field.type)[:80]}.")
                        if wanted is None:
                            wanted, first = columns, name
                            send(1, 0, len(wanted))
                        places = [kept[place] for place in order(columns, wanted, name, first)]
                        size = max(1, min(1 << 16, (1 << 20) // len(wanted)))
                        for batch in table.iter_batches(batch_size=size):
                            if batch.num_rows == 0:
                                continue
                            rows = numpy.empty((batch.num_rows, len(places)), "<f4")
                            for column, place in enumerate(places):
                                rows[:, column] = numbers(batch.column(place))
                            send(2, index, batch.num_rows)
                            output.write(memoryview(rows).cast("B"))
                except (pyarrow.ArrowException, OSError, ValueError) as error:
                    if isinstance(error, (pyarrow.ArrowMemoryError, BrokenPipeError)):
                        raise
                    reason = (str(error).splitlines() or ["unknown"])[0]
                    fail(f"{name} cannot be read as Parquet: {reason[:400]}")
            send(3)
            output.flush()


        try:
            with numpy.errstate(all="ignore"):
                main()
        except MemoryError:
            send(5)
            output.flush()
            sys.exit(1)
        """#
}
