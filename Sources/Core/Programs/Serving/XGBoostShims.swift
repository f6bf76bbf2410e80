/// Stand-ins for the package of AWS's XGBoost container in users' scripts: data as DMatrix, and training on one host.
///
/// - Source: https://github.com/aws/sagemaker-xgboost-container and its script mode examples.
enum XGBoostShims {
    static let encoder = #"""
        import json

        from sagemaker_inference import content_types, errors


        def _text(value):
            return value.decode() if isinstance(value, (bytes, bytearray)) else value


        def csv_to_dmatrix(input, dtype=None):
            import numpy
            import xgboost

            rows = [line for line in _text(input).splitlines() if line.strip()]
            first = rows[0] if rows else ""
            delimiter = next((sign for sign in (",", "\t", ";", "|", " ") if sign in first), ",")
            fields = [[field.strip() or "nan" for field in row.split(delimiter)] for row in rows]
            return xgboost.DMatrix(numpy.array(fields, dtype=dtype or float))


        def libsvm_rows(text):
            """Returns the labels, and a sparse matrix whose columns are the indices in the text."""
            import numpy
            import scipy.sparse

            labels, values, columns, ends = [], [], [], [0]
            for line in text.splitlines():
                tokens = line.split("#")[0].split()
                if not tokens:
                    continue
                if ":" not in tokens[0]:
                    labels.append(float(tokens.pop(0).split(":")[0]))
                for token in tokens:
                    index, value = token.split(":", 1)
                    if index == "qid":
                        continue
                    columns.append(int(index))
                    values.append(float(value))
                ends.append(len(values))
            shape = (len(ends) - 1, max(columns, default=-1) + 1)
            matrix = scipy.sparse.csr_matrix((numpy.array(values), columns, ends), shape=shape)
            return labels, matrix


        def libsvm_to_dmatrix(string_like):
            import xgboost

            return xgboost.DMatrix(libsvm_rows(_text(string_like))[1])


        def json_to_jsonlines(json_data):
            data = json_data if isinstance(json_data, dict) else json.loads(json_data)
            if len(data) != 1:
                raise ValueError("Only an object with exactly one list can be written as JSON Lines.")
            (entries,) = data.values()
            return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


        _BY_TYPE = {
            content_types.CSV: csv_to_dmatrix,
            "text/libsvm": libsvm_to_dmatrix,
            "text/x-libsvm": libsvm_to_dmatrix,
        }


        def decode(obj, content_type):
            kind = content_type.split(";")[0].strip().lower()
            if kind not in _BY_TYPE:
                raise errors.UnsupportedFormatError(content_type)
            return _BY_TYPE[kind](obj)
        """#

    static let data = #"""
        import os

        from sagemaker_algorithm_toolkit import exceptions as exc

        from . import encoder

        CSV = "csv"
        LIBSVM = "libsvm"
        PARQUET = "parquet"
        RECORDIO_PROTOBUF = "recordio-protobuf"
        _BY_TYPE = {
            "csv": CSV,
            "text/csv": CSV,
            "libsvm": LIBSVM,
            "text/libsvm": LIBSVM,
            "text/x-libsvm": LIBSVM,
            "parquet": PARQUET,
            "application/x-parquet": PARQUET,
        }
        VALID_CONTENT_TYPES = list(_BY_TYPE)


        def get_content_type(content_type_cfg_val):
            if content_type_cfg_val is None:
                return LIBSVM
            kind = content_type_cfg_val.split(";")[0].strip().lower()
            if kind not in _BY_TYPE:
                raise exc.UserError("Unknown content type '%s'. Expected one of: %s." % (kind, ", ".join(_BY_TYPE)))
            return _BY_TYPE[kind]


        def _files(data_path):
            paths = [data_path] if isinstance(data_path, (str, os.PathLike)) else list(data_path)
            found = []
            for path in paths:
                if os.path.isfile(path):
                    found.append(str(path))
                for folder, _, names in os.walk(path):
                    found += [os.path.join(folder, name) for name in names if not name.startswith((".", "_"))]
            return sorted(found)


        def _read(path):
            with open(path, encoding="utf-8") as file:
                return file.read()


        def get_csv_dmatrix(path, csv_weights=0, is_pipe=False):
            """The label is in the first column; with `csv_weights`, the weight in the second."""
            import numpy
            import xgboost

            parts = []
            for file in _files(path):
                text = _read(file)
                delimiter = next((sign for sign in (",", "\t", ";", "|", " ") if sign in text.split("\n", 1)[0]), ",")
                rows = [row.split(delimiter) for row in text.splitlines() if row.strip()]
                parts.append(numpy.array([[field.strip() or "nan" for field in row] for row in rows], dtype=float))
            rows = numpy.vstack(parts)
            weights = rows[:, 1] if csv_weights == 1 else None
            return xgboost.DMatrix(rows[:, 2 if csv_weights == 1 else 1 :], label=rows[:, 0], weight=weights)


        def get_libsvm_dmatrix(files_path, is_pipe=False):
            import xgboost

            labels, matrix = encoder.libsvm_rows("\n".join(_read(file) for file in _files(files_path)))
            return xgboost.DMatrix(matrix, label=labels)


        def get_parquet_dmatrix(path, is_pipe=False):
            import pandas
            import xgboost

            rows = pandas.concat([pandas.read_parquet(file) for file in _files(path)]).to_numpy(dtype=float)
            return xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])


        def get_dmatrix(data_path, content_type, csv_weights=0, is_pipe=False):
            if not _files(data_path):
                return None
            kind = get_content_type(content_type)
            if kind == CSV:
                return get_csv_dmatrix(data_path, csv_weights)
            return get_parquet_dmatrix(data_path) if kind == PARQUET else get_libsvm_dmatrix(data_path)


        def get_size(data_path, is_pipe=False):
            return sum(os.path.getsize(file) for file in _files(data_path))


        def validate_data_file_path(data_path, content_type):
            if not _files(data_path):
                raise exc.UserError("No files in '%s'." % data_path)


        def check_data_redundancy(train_path, validate_path):
            pass
        """#

    /// There is only one host.
    static let distributed = #"""
        def wait_hostname_resolution(sm_hosts):
            pass


        def rabit_run(
            exec_fun,
            args,
            include_in_training,
            hosts,
            current_host,
            first_port=None,
            second_port=None,
            max_connect_attempts=None,
            connect_retry_timeout=3,
            update_rabit_args=False,
        ):
            if not include_in_training:
                return
            if update_rabit_args:
                args.update({"is_master": True})
            exec_fun(**args)
        """#

    static let exceptions = #"""
        class BaseToolkitError(Exception):
            pass


        class UserError(BaseToolkitError):
            pass


        class PlatformError(BaseToolkitError):
            pass


        class AlgorithmError(BaseToolkitError):
            pass
        """#
}
