//! Classes and functions known to give whoever calls them code execution, processes, files or the network.
//!
//! A name that is missing here is no less refused: what is not on the allowlist never loads. The table only decides
//! between "unknown" and "dangerous" in the report.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Modules with nothing in them that a model needs; their submodules count too.
const MODULES: &[&str] = &[
    // Processes and the interpreter.
    "os posix nt ntpath posixpath subprocess _posixsubprocess sys signal pty tty resource _winapi msvcrt winreg _winreg",
    "asyncio multiprocessing concurrent threading _thread thread dummy_threading sched popen2 popen commands",
    // Code.
    "importlib imp runpy pkgutil zipimport zipapp codeop ast inspect site sitecustomize ensurepip pip",
    "setuptools distutils venv idlelib lib2to3 bdb pdb cProfile pstats timeit doctest unittest",
    "_testcapi _xxsubinterpreters _interpreters symtable compileall py_compile linecache tracemalloc gc atexit",
    "_frozen_importlib _frozen_importlib_external _imp marshal dill cloudpickle pickle _pickle pickletools shelve",
    "test.support jsonpickle joblib.externals yaml ruamel pydoc pydoc_data rlcompleter readline",
    // Memory.
    "ctypes _ctypes cffi _cffi_backend mmap numba",
    // Files.
    "io _io shutil tempfile glob fileinput fcntl zipfile tarfile gzip bz2 lzma dbm anydbm whichdb sqlite3 _sqlite3",
    "mailbox mailcap netrc plistlib configparser logging.config logging.handlers tokenize codecs nturl2path",
    // The network.
    "socket _socket ssl _ssl socketserver select selectors urllib urllib2 urllib3 http httplib httplib2 requests aiohttp",
    "httpx ftplib smtplib smtpd poplib imaplib nntplib telnetlib xmlrpc wsgiref webbrowser cgi cgitb paramiko fsspec",
    "s3fs boto boto3 smart_open antigravity",
    // Template engines and shells.
    "jinja2 mako IPython ipykernel jupyter nbconvert fabric pexpect",
];

/// Single names in modules that are otherwise unknown or listed.
const NAMES: &[(&str, &str)] = &[
    // Modules of Python's whose names a file's author may have given to modules of their own.
    ("code", "InteractiveConsole InteractiveInterpreter compile_command interact"),
    ("new", "classobj code function instance instancemethod module"),
    ("profile", "Profile main run runctx"),
    ("trace", "Trace main"),
    (
        "types",
        "BuiltinFunctionType CodeType DynamicClassAttribute FunctionType GeneratorType LambdaType MethodType ModuleType \
         coroutine new_class prepare_class resolve_bases",
    ),
    (
        "builtins",
        "eval exec execfile compile open file input raw_input __import__ getattr setattr delattr vars globals locals \
         dir apply reload breakpoint help memoryview type super property classmethod staticmethod __build_class__ map \
         filter exit quit",
    ),
    ("operator", "attrgetter methodcaller call"),
    ("_operator", "attrgetter methodcaller call"),
    ("functools", "partial partialmethod reduce singledispatch cached_property lru_cache"),
    ("_functools", "partial reduce"),
    ("itertools", "starmap accumulate takewhile dropwhile filterfalse groupby"),
    ("copyreg", "constructor pickle add_extension __reduce_ex__ __newobj_ex__"),
    ("_codecs", "encode decode lookup register"),
    ("encodings", "search_function normalize_encoding"),
    ("uuid", "_get_command_stdout _popen getnode"),
    ("platform", "popen _syscmd_ver system"),
    ("weakref", "finalize"),
    ("logging", "FileHandler basicConfig"),
    ("numpy", "load loads save savetxt savez fromfile tofile loadtxt genfromtxt fromregex source info"),
    ("numpy", "frompyfunc apply_along_axis apply_over_axes fromfunction fromiter piecewise"),
    ("numpy.core", "_ufunc_reconstruct"),
    ("numpy._core", "_ufunc_reconstruct"),
    ("numpy.testing._private.utils", "runstring rundocs measure assert_raises"),
    ("numpy.testing", "runstring rundocs measure"),
    ("numpy.lib.npyio", "load save fromregex loadtxt DataSource"),
    ("numpy.lib._datasource", "DataSource open"),
    ("numpy.lib.utils", "_makenamedict safe_eval"),
    ("numpy.f2py", "compile main run_main"),
    ("numpy.f2py.crackfortran", "getlincoef myeval param_eval _eval_length _eval_scalar crackfortran"),
    ("numpy.f2py.diagnose", "run_command run"),
    ("numpy.distutils.exec_command", "exec_command"),
    ("numpy.ctypeslib", "load_library"),
    ("scipy.io", "loadmat savemat"),
    ("scipy.weave", "inline"),
    ("pandas", "eval read_pickle to_pickle read_csv read_json read_html read_excel read_sql read_parquet HDFStore"),
    ("pandas.io.pickle", "read_pickle to_pickle"),
    ("pandas.io.common", "get_handle urlopen"),
    ("pandas.core.computation.eval", "eval"),
    ("pandas.compat.pickle_compat", "load loads load_reduce Unpickler"),
    ("joblib", "load dump Memory Parallel delayed"),
    ("joblib.numpy_pickle", "load dump load_temporary_memmap NumpyUnpickler NDArrayWrapper ZNDArrayWrapper"),
    ("joblib.numpy_pickle_compat", "load_compatibility NDArrayWrapper ZNDArrayWrapper"),
    ("joblib._store_backends", "FileSystemStoreBackend"),
    ("joblib.memory", "Memory MemorizedFunc MemorizedResult"),
    ("sklearn.utils._joblib", "load dump"),
    ("sklearn.datasets", "load_files fetch_openml"),
    ("torch", "load save compile jit hub"),
    ("torch.serialization", "load _load save"),
    ("torch.hub", "load load_state_dict_from_url"),
    ("torch.jit", "load script save CompilationUnit"),
    ("torch.storage", "_load_from_bytes"),
    ("torch._dynamo.guards", "GuardBuilder.get"),
    ("torch._inductor.codecache", "compile_file"),
    ("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression"),
    ("torch.utils._config_module", "ConfigModule.load_config"),
    ("torch.utils.bottleneck.__main__", "run_cprofile run_autograd_prof"),
    ("torch.utils.collect_env", "run"),
    ("torch.utils.data.datapipes.utils.decoder", "basichandlers"),
    ("torch.cuda.memory", "_record_memory_history"),
    ("torch.multiprocessing", "spawn Process"),
    ("tensorflow", "io saved_model load_op_library py_function numpy_function"),
    ("keras.models", "load_model"),
    ("keras.layers", "Lambda"),
    ("tensorflow.keras.models", "load_model"),
    ("skops.io", "load"),
    ("statsmodels.iolib.smpickle", "load_pickle"),
    ("networkx", "read_gpickle"),
    ("nltk.data", "load"),
    ("nltk.internals", "java"),
    ("sympy", "sympify parse_expr lambdify"),
    ("_aix_support", "_read_cmd_output"),
    ("_osx_support", "_read_output _find_build_tool"),
    ("_pyrepl.pager", "pipe_pager"),
    ("pyclbr", "readmodule"),
    ("modulefinder", "ModuleFinder.run_script"),
    ("xml.sax", "parse make_parser"),
];

/// Classes in those modules that hold data.
const HARMLESS: &[(&str, &str)] = &[("io", "BytesIO"), ("io", "StringIO"), ("_io", "BytesIO"), ("_io", "StringIO")];

/// Attributes that run what they are given, or read and write files.
const ATTRIBUTES: &str = "call check_call check_output compile connect delattr dump dumps eval exec execfile execute exit fdopen fork \
    format format_map fromfile getattr getoutput globals import_module kill load loads load_module mkdir open popen pipe query read \
    read_bytes read_text remove rename replace_file rmdir run runcall runcode runcommand runsource save savez setattr spawn system \
    to_clipboard to_csv to_excel to_feather to_gbq to_hdf to_html to_json to_latex to_markdown to_orc to_parquet \
    to_pickle to_sql to_stata to_string to_xml tofile touch unlink urlopen write write_bytes write_text walk \
    run_script sendall make_label evaluate_guards_expression load_config basichandlers get_data exec_module";

/// Whether an import that is not listed is known to be dangerous.
pub(super) fn is_dangerous(module: &str, qualname: &str) -> bool {
    if HARMLESS.contains(&(module, qualname)) {
        return false;
    }
    in_modules(module)
        || KNOWN_NAMES.contains(&(module, qualname))
        || (qualname.contains('.') && is_reach(module, qualname))
}

/// Whether a dotted name reaches through a class or module for something known: through another module, an attribute of
/// Python's own, or by a name that says what it does.
fn is_reach(module: &str, qualname: &str) -> bool {
    let (first, _) = qualname.split_once('.').unwrap_or((qualname, ""));
    KNOWN_NAMES.contains(&(module, first)) || qualname.split('.').any(is_dangerous_attribute)
}

/// Whether an attribute of this name is one of Python's own, a module, or what gives its caller code or files.
pub(super) fn is_dangerous_attribute(name: &str) -> bool {
    name.starts_with("__") || KNOWN_ATTRIBUTES.contains(name) || KNOWN_MODULES.contains(name.trim_start_matches('_'))
}

static KNOWN_ATTRIBUTES: LazyLock<HashSet<&str>> = LazyLock::new(|| ATTRIBUTES.split_ascii_whitespace().collect());
static KNOWN_MODULES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| MODULES.iter().flat_map(|row| row.split_ascii_whitespace()).collect());
static KNOWN_NAMES: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
    NAMES.iter().flat_map(|(module, names)| names.split_ascii_whitespace().map(|name| (*module, name))).collect()
});

/// Whether a module, or a package around it, is listed.
fn in_modules(module: &str) -> bool {
    let packages = module.match_indices('.').map(|(dot, _)| &module[..dot]);
    packages.chain([module]).any(|package| KNOWN_MODULES.contains(package))
}

/// What makes an import dangerous, behind "which".
pub(super) fn reason(module: &str, qualname: &str) -> &'static str {
    if qualname.contains('.') && !in_modules(module) {
        "reaches through a class or module for something that is not on the list of known names"
    } else {
        "can run code, start processes, or reach files or the network, and which no model needs"
    }
}
