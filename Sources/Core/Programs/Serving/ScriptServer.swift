/// The program that serves a model with a user's Python script. Like AWS's framework containers, it calls `model_fn`,
/// `input_fn`, `predict_fn`, `output_fn` and `transform_fn`.
///
/// - Source: https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#serve-a-model
enum ScriptServer {
    static let source = #"""
        import importlib.util
        import io
        import json
        import os
        import sys
        import traceback
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        ROOT = os.environ["SAGEMAKER_BASE_DIR"]
        MODEL_DIR = ROOT + "/model"
        # Last, so that installed packages win over the stand-ins for the packages of AWS's containers.
        sys.path.append(ROOT + "/shims")
        PROGRAM = os.environ["SAGEMAKER_PROGRAM"]


        class Refusal(Exception):
            def __init__(self, status, message):
                super().__init__(message)
                self.status = status


        def load_script():
            for folder in (ROOT + "/code", MODEL_DIR + "/code", MODEL_DIR):
                path = os.path.join(folder, PROGRAM)
                if os.path.isfile(path):
                    sys.path[:0] = [os.path.dirname(path), folder]
                    name = os.path.splitext(os.path.basename(path))[0]
                    spec = importlib.util.spec_from_file_location(name, path)
                    module = importlib.util.module_from_spec(spec)
                    sys.modules[name] = module
                    spec.loader.exec_module(module)
                    return module
            sys.exit("The file '%s' is neither in the code archive nor in the model archive." % PROGRAM)


        def default_model_fn(folder):
            names = [name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name))]
            if "xgboost-model" in names:
                import xgboost

                booster = xgboost.Booster()
                booster.load_model(os.path.join(folder, "xgboost-model"))
                return booster
            sys.exit("The script '%s' must define model_fn, which loads the model." % PROGRAM)


        def rows_of_csv(text):
            return [[float(field) for field in line.split(",")] for line in text.splitlines() if line.strip()]


        def as_array(data):
            try:
                import numpy
            except ImportError:
                return data
            return numpy.array(data)


        def default_input_fn(body, content_type):
            kind = content_type.split(";")[0].strip().lower()
            try:
                if kind == "application/json":
                    data = as_array(json.loads(body))
                elif kind == "text/csv":
                    data = as_array(rows_of_csv(body.decode()))
                elif kind == "application/x-npy":
                    import numpy

                    data = numpy.load(io.BytesIO(body), allow_pickle=False)
                elif kind in ("text/libsvm", "text/x-libsvm"):
                    from sagemaker_xgboost_container import encoder

                    return encoder.decode(body, kind)
                else:
                    raise Refusal(415, "Content type '%s' is not supported; define input_fn for it." % kind)
            except (ValueError, UnicodeDecodeError) as error:
                raise Refusal(400, "The body is not valid %s: %s" % (kind, error))
            torch = sys.modules.get("torch")
            return torch.as_tensor(data, dtype=torch.float32) if torch is not None else data


        def default_predict_fn(data, model):
            torch = sys.modules.get("torch")
            if torch is not None and isinstance(model, torch.nn.Module):
                with torch.no_grad():
                    return model.eval()(data)
            xgboost = sys.modules.get("xgboost")
            if xgboost is not None and isinstance(model, xgboost.Booster):
                return model.predict(data if isinstance(data, xgboost.DMatrix) else xgboost.DMatrix(data))
            return model.predict(data)


        def as_list(prediction):
            if hasattr(prediction, "detach"):
                prediction = prediction.detach().cpu()
            return prediction.tolist() if hasattr(prediction, "tolist") else prediction


        def plain(value):
            """Converts an array or a NumPy number inside a list or a dict for JSON."""
            if not hasattr(value, "tolist"):
                raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
            return as_list(value)


        def default_output_fn(prediction, accept):
            for kind in [part.split(";")[0].strip().lower() for part in accept.split(",")]:
                if kind in ("*/*", "application/*", "application/json"):
                    return json.dumps(as_list(prediction), default=plain), "application/json"
                if kind == "text/csv":
                    rows = as_list(prediction)
                    rows = [as_list(row) for row in rows] if isinstance(rows, list) else [rows]
                    lines = [",".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows]
                    return "\n".join(lines) + "\n", "text/csv"
                if kind == "application/x-npy":
                    import numpy

                    buffer = io.BytesIO()
                    numpy.save(buffer, numpy.asarray(as_list(prediction)), allow_pickle=False)
                    return buffer.getvalue(), "application/x-npy"
            raise Refusal(406, "Response type '%s' is not supported; define output_fn for it." % accept)


        SCRIPT = load_script()
        MODEL = getattr(SCRIPT, "model_fn", default_model_fn)(MODEL_DIR)


        def answer(body, content_type, accept):
            if hasattr(SCRIPT, "transform_fn"):
                result = SCRIPT.transform_fn(MODEL, as_text(body, content_type), content_type, accept)
            else:
                if hasattr(SCRIPT, "input_fn"):
                    data = SCRIPT.input_fn(as_text(body, content_type), content_type)
                else:
                    data = default_input_fn(body, content_type)
                prediction = getattr(SCRIPT, "predict_fn", default_predict_fn)(data, MODEL)
                result = getattr(SCRIPT, "output_fn", default_output_fn)(prediction, accept)
            result, kind = result if isinstance(result, tuple) else (result, accept)
            if hasattr(result, "response"):
                result, kind = result.response, getattr(result, "mimetype", kind)
            return result.encode() if isinstance(result, str) else bytes(result), "application/json" if "*" in kind else kind


        def as_text(body, content_type):
            kind = content_type.split(";")[0].strip().lower()
            is_text = kind.startswith("text/") or kind in ("application/json", "application/jsonlines")
            return body.decode() if is_text else body


        def status_of(error):
            """Returns the status that an error carries, as the errors of AWS's toolkits do."""
            if type(error).__name__ == "UnsupportedFormatError":
                return 415
            status = getattr(error, "status_code", None)
            return status if isinstance(status, int) and 400 <= status < 600 else 500


        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.reply(200 if self.path == "/ping" else 404, b"", "text/plain")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                default = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
                accept = self.headers.get("accept", "*/*")
                try:
                    accept = default if accept == "*/*" else accept
                    content, kind = answer(body, self.headers.get("content-type", "application/json"), accept)
                    self.reply(200, content, kind)
                except Refusal as refusal:
                    self.reply(refusal.status, str(refusal).encode(), "text/plain")
                except Exception as error:
                    traceback.print_exc()
                    self.reply(status_of(error), ("%s: %s" % (type(error).__name__, error)).encode(), "text/plain")

            def reply(self, status, content, kind):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass


        port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()

        """#
}
