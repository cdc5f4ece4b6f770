"""What snowflake-ml-python itself says of an artifact: it reads the manifest and loads the model, without an account."""

import json
import os
import pathlib
import typing
import warnings

warnings.filterwarnings("ignore")

from snowflake.ml._internal import env_utils  # noqa: E402
from snowflake.ml._internal.utils import sql_identifier  # noqa: E402
from snowflake.ml.model import model_signature  # noqa: E402
from snowflake.ml.model._model_composer.model_manifest import model_manifest, model_manifest_schema  # noqa: E402
from snowflake.ml.model._packager import model_packager  # noqa: E402
from snowflake.ml.model._packager.model_meta import model_meta_schema  # noqa: E402
from snowflake.ml.model.volatility import Volatility  # noqa: E402
from snowflake.snowpark._internal import type_utils  # noqa: E402


def conforms(value, kind, place):
    """Whether a value has exactly the keys of a TypedDict, and so on inside."""
    origin = typing.get_origin(kind)
    if origin in (typing.Required, typing.NotRequired):
        return conforms(value, typing.get_args(kind)[0], place)
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        assert set(value) <= set(hints), "%s: unknown keys %s" % (place, set(value) - set(hints))
        missing = kind.__required_keys__ - set(value)
        assert not missing, "%s: missing keys %s" % (place, missing)
        for key, item in value.items():
            conforms(item, hints[key], "%s.%s" % (place, key))
    elif origin is list:
        for item in value:
            conforms(item, typing.get_args(kind)[0], place)
    elif origin is dict:
        for key, item in value.items():
            conforms(item, typing.get_args(kind)[1], "%s.%s" % (place, key))
    elif origin is typing.Literal:
        assert value in typing.get_args(kind), "%s is %r" % (place, value)
    elif isinstance(kind, type) and kind is not typing.Any:
        assert isinstance(value, kind), "%s is %r" % (place, value)


class Client:
    """An artifact as the registry's package sees it."""

    def __init__(self, artifact):
        self.workspace = pathlib.Path(artifact)
        self.manifest = model_manifest.ModelManifest(self.workspace).load()
        self.packager = model_packager.ModelPackager(os.path.join(artifact, "model"))
        self.meta = self.packager.load(meta_only=True)

    def check_manifest(self):
        """Its own reader and its own schema; every path there; names and types as it would make them."""
        manifest = self.manifest
        conforms(manifest, model_manifest_schema.ModelManifestDict, "MANIFEST.yml")
        assert manifest["manifest_version"] == model_manifest_schema.MODEL_MANIFEST_VERSION
        (runtime,) = manifest["runtimes"].values()
        self.check_environment(runtime["dependencies"], self.workspace)
        for path in runtime["imports"]:
            assert (self.workspace / path).is_dir(), path
        assert [m["handler"] for m in manifest["methods"]] == [
            "functions.%s.infer" % name for name in self.targets()
        ], "the methods stand in another order"
        for method in manifest["methods"]:
            assert method["volatility"] in Volatility.__members__
            assert (self.workspace / (os.path.join(*method["handler"].split(".")[:-1]) + ".py")).is_file()
            self.check_method(method, self.meta.signatures[method["handler"].split(".")[1]])

    def targets(self):
        return [method["handler"].split(".")[1] for method in self.manifest["methods"]]

    def check_method(self, method, signature):
        if len(signature.inputs) > 500:
            assert method["inputs"] == [{"name": "INPUT", "type": "OBJECT"}]
        else:
            self.check_columns(method["inputs"], signature.inputs)
        if method["type"] == "TABLE_FUNCTION":
            self.check_columns(method["outputs"], signature.outputs)
        elif method["outputs"] != [{"type": "OBJECT"}]:
            (feature,) = signature.outputs
            assert method["outputs"] == [{"type": sql_type(feature)}]

    def check_columns(self, columns, features):
        assert [column["type"] for column in columns] == [sql_type(feature) for feature in features]
        names = [column["name"] for column in columns]
        assert len(set(names)) == len(names)
        for name, feature in zip(names, features):
            assert name in (feature.name, folded(feature.name)), "%s for %s" % (name, feature.name)

    def check_environment(self, dependencies, folder):
        if "conda" in dependencies:
            packages, _, python, _ = env_utils.load_conda_env_file(folder / dependencies["conda"])
            assert python and packages
        if "pip" in dependencies:
            assert env_utils.load_requirements_file(folder / dependencies["pip"])
            # A container installs from the index itself, a warehouse from the platform's mirror.
            assert folder != self.workspace or dependencies["artifact_repository_map"]["pip"]
        assert "conda" in dependencies or "pip" in dependencies

    def check_metadata(self):
        """model.yaml under its own schema; signatures that it reads back the same; environments that it reads."""
        import yaml

        with open(self.workspace / "model" / "model.yaml", encoding="utf-8") as file:
            loaded = yaml.safe_load(file)
        conforms(loaded, model_meta_schema.ModelMetadataDict, "model.yaml")
        for name, signature in loaded["signatures"].items():
            read = model_signature.ModelSignature.from_dict(signature).to_dict()
            assert json.loads(json.dumps(read)) == signature, name
        for runtime in loaded["runtimes"].values():
            self.check_environment(runtime["dependencies"], self.workspace / "model")
        assert self.meta.env.pip_requirements or self.meta.env.conda_dependencies

    def load(self):
        """The model, whatever it is."""
        self.packager.load()
        return self.packager.model

    def load_as_custom_model(self):
        """The model as its own function would call it."""
        self.packager.load(as_custom_model=True)
        return self.packager.model


def sql_type(feature):
    return type_utils.convert_sp_to_sf_type(feature.as_snowpark_type())


def folded(name):
    try:
        return sql_identifier.SqlIdentifier(name).resolved()
    except ValueError:
        return None
