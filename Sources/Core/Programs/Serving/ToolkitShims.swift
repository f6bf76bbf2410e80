import Foundation

/// Stand-ins for the Python packages of AWS's containers that users' scripts import: `sagemaker_inference`,
/// `sagemaker_training`, `sagemaker_containers` and `sagemaker_xgboost_container`. They have only the functions that scripts
/// use, and give way to the real package if it is installed.
///
/// - Source: The documentation of https://github.com/aws/sagemaker-inference-toolkit and related projects.
package enum ToolkitShims {
    /// Writes the packages into a new folder, which must be on the program's module path.
    package static func write(to folder: String) throws {
        for (path, text) in files {
            let target = URL(filePath: "\(folder)/\(path)")
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: target)
        }
    }

    private static let files: [String: String] = [
        "_roost_shim.py": stepsAside,
        "sagemaker_inference/__init__.py": package,
        "sagemaker_inference/content_types.py": contentTypes,
        "sagemaker_inference/encoder.py": encoder,
        "sagemaker_inference/decoder.py": decoder,
        "sagemaker_inference/errors.py": errors,
        "sagemaker_inference/utils.py": utilities,
        "sagemaker_inference/default_inference_handler.py": defaultHandler,
        "sagemaker_training/__init__.py": package,
        "sagemaker_training/content_types.py": contentTypes,
        "sagemaker_training/encoders.py": encoders,
        "sagemaker_training/environment.py": environment,
        "sagemaker_training/errors.py": trainingErrors,
        "sagemaker_containers/__init__.py": package,
        "sagemaker_containers/beta/__init__.py": "",
        "sagemaker_containers/beta/framework/__init__.py": framework,
        "sagemaker_containers/beta/framework/content_types.py": contentTypes,
        "sagemaker_containers/beta/framework/encoders.py": encoders,
        "sagemaker_containers/beta/framework/env.py": environment,
        "sagemaker_containers/beta/framework/errors.py": trainingErrors,
        "sagemaker_containers/beta/framework/worker.py": worker,
        "sagemaker_xgboost_container/__init__.py": package,
        "sagemaker_xgboost_container/encoder.py": XGBoostShims.encoder,
        "sagemaker_xgboost_container/data_utils.py": XGBoostShims.data,
        "sagemaker_xgboost_container/distributed.py": XGBoostShims.distributed,
        "sagemaker_algorithm_toolkit/__init__.py": package,
        "sagemaker_algorithm_toolkit/exceptions.py": XGBoostShims.exceptions,
    ]

    /// The beginning of each package: if the real one is installed, it replaces this one in `sys.modules`.
    private static let package = """
        import _roost_shim

        _roost_shim.give_way(__name__)
        """

    private static let stepsAside = #"""
        """Gives way to packages that are installed."""

        import importlib.machinery
        import importlib.util
        import os
        import sys

        HERE = os.path.dirname(os.path.abspath(__file__))


        def give_way(name):
            elsewhere = [path for path in sys.path if os.path.abspath(path or ".") != HERE]
            spec = importlib.machinery.PathFinder.find_spec(name, elsewhere)
            # A folder that happens to have the same name is not a package.
            if spec is None or spec.loader is None or spec.origin is None:
                return
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
        """#

    private static let contentTypes = #"""
        JSON = "application/json"
        CSV = "text/csv"
        OCTET_STREAM = "application/octet-stream"
        ANY = "*/*"
        NPY = "application/x-npy"
        NPZ = "application/x-npz"
        UTF8_TYPES = [JSON, CSV]
        """#

    private static let errors = #"""
        class UnsupportedFormatError(Exception):
            def __init__(self, content_type, **kwargs):
                self.content_type = content_type
                super().__init__("Content type %s is not supported; define input_fn or output_fn for it." % content_type)


        class BaseInferenceToolkitError(Exception):
            def __init__(self, status_code, message, phrase):
                self.status_code, self.message, self.phrase = status_code, message, phrase
                super().__init__(status_code, message, phrase)


        class GenericInferenceToolkitError(BaseInferenceToolkitError):
            def __init__(self, status_code, message=None, phrase=None):
                message = message or "Invalid Request"
                super().__init__(status_code, message, phrase or message)
        """#

    private static let encoder = #"""
        import io
        import json

        from . import content_types, errors


        def _plain(value):
            if hasattr(value, "tolist"):
                return value.tolist()
            raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


        def _json(value):
            return json.dumps(value, default=_plain)


        def _csv(value):
            import numpy

            stream = io.StringIO()
            numpy.savetxt(stream, numpy.asarray(value), delimiter=",", fmt="%s")
            return stream.getvalue()


        def _npy(value):
            import numpy

            buffer = io.BytesIO()
            numpy.save(buffer, numpy.asarray(value), allow_pickle=False)
            return buffer.getvalue()


        _BY_TYPE = {content_types.JSON: _json, content_types.CSV: _csv, content_types.NPY: _npy}
        SUPPORTED_CONTENT_TYPES = set(_BY_TYPE)


        def encode(array_like, content_type):
            kind = content_type.split(";")[0].strip().lower()
            if kind not in _BY_TYPE:
                raise errors.UnsupportedFormatError(content_type)
            return _BY_TYPE[kind](array_like)
        """#

    private static let decoder = #"""
        import io
        import json

        from . import content_types, errors


        def _text(value):
            return value.decode() if isinstance(value, (bytes, bytearray)) else value


        def _json_to_numpy(string_like, dtype=None):
            import numpy

            return numpy.array(json.loads(string_like), dtype=dtype)


        def _csv_to_numpy(string_like, dtype=None):
            import numpy

            return numpy.genfromtxt(io.StringIO(_text(string_like)), dtype=dtype, delimiter=",")


        def _npy_to_numpy(npy_array):
            import numpy

            # A pickle in a request would be run as code.
            return numpy.load(io.BytesIO(npy_array), allow_pickle=False)


        def _npz_to_sparse(npz_bytes):
            import scipy.sparse

            return scipy.sparse.load_npz(io.BytesIO(npz_bytes))


        _BY_TYPE = {
            content_types.JSON: _json_to_numpy,
            content_types.CSV: _csv_to_numpy,
            content_types.NPY: _npy_to_numpy,
            content_types.NPZ: _npz_to_sparse,
        }


        def decode(obj, content_type):
            kind = content_type.split(";")[0].strip().lower()
            if kind not in _BY_TYPE:
                raise errors.UnsupportedFormatError(content_type)
            return _BY_TYPE[kind](obj)
        """#

    private static let utilities = #"""
        def read_file(path, mode="r"):
            with open(path, mode) as file:
                return file.read()


        def write_file(path, data, mode="w"):
            with open(path, mode) as file:
                file.write(data)


        def retrieve_content_type_header(request_property):
            for name, value in request_property.items():
                if name.lower().replace("-", "").startswith("contenttype"):
                    return value
            return None


        def parse_accept(accept):
            return accept.replace(" ", "").split(",")


        def remove_crlf(illegal_string):
            return illegal_string.replace("\r", " ").replace("\n", " ")
        """#

    private static let defaultHandler = #"""
        from . import content_types, decoder, encoder, errors, utils


        class DefaultInferenceHandler:
            def default_model_fn(self, model_dir, context=None):
                raise NotImplementedError("Define model_fn, which loads the model.")

            def default_input_fn(self, input_data, content_type, context=None):
                return decoder.decode(input_data, content_type)

            def default_predict_fn(self, data, model, context=None):
                raise NotImplementedError("Define predict_fn, which runs the model.")

            def default_output_fn(self, prediction, accept, context=None):
                for content_type in utils.parse_accept(accept):
                    if content_type in (content_types.ANY, "application/*"):
                        content_type = content_types.JSON
                    if content_type in encoder.SUPPORTED_CONTENT_TYPES:
                        return encoder.encode(prediction, content_type), content_type
                raise errors.UnsupportedFormatError(accept)
        """#

    /// Encoding and decoding in one module, under the names of the older toolkits.
    private static let encoders = #"""
        from sagemaker_inference import content_types, decoder, encoder
        from sagemaker_inference.encoder import encode
        from sagemaker_inference.decoder import decode

        SUPPORTED_CONTENT_TYPES = encoder.SUPPORTED_CONTENT_TYPES


        def array_to_json(array_like):
            return encode(array_like, content_types.JSON)


        def array_to_csv(array_like):
            return encode(array_like, content_types.CSV)


        def array_to_npy(array_like):
            return encode(array_like, content_types.NPY)


        def json_to_numpy(string_like, dtype=None):
            data = decode(string_like, content_types.JSON)
            return data if dtype is None else data.astype(dtype)


        def csv_to_numpy(string_like, dtype=None):
            data = decode(string_like, content_types.CSV)
            return data if dtype is None else data.astype(dtype)


        def npy_to_numpy(npy_array):
            return decode(npy_array, content_types.NPY)
        """#

    private static let trainingErrors = #"""
        from sagemaker_inference.errors import UnsupportedFormatError


        class ClientError(Exception):
            pass


        class UserError(ClientError):
            pass


        class ImportModuleError(ClientError):
            pass
        """#

    /// The members of `SM_TRAINING_ENV` as attributes.
    private static let environment = #"""
        import json
        import os


        class Environment(dict):
            def __init__(self, *_, **__):
                super().__init__(json.loads(os.environ.get("SM_TRAINING_ENV", "{}")))

            def __getattr__(self, name):
                try:
                    return self[name]
                except KeyError:
                    raise AttributeError(name) from None


        TrainingEnv = ServingEnv = Environment


        def training_env():
            return Environment()
        """#

    private static let framework = #"""
        from . import content_types, encoders, env, errors, worker
        from .env import TrainingEnv, training_env
        """#

    /// The response of a script that sets its own content type.
    private static let worker = #"""
        class Response:
            def __init__(self, response=None, accept=None, status=200, mimetype=None, **_):
                self.response = response
                self.mimetype = mimetype or accept or "application/json"
                self.status = status
        """#
}
