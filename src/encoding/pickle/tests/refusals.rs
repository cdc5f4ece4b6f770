//! Every refusal with its exact words.

use super::*;
use crate::error::ErrorKind;

#[test]
fn broken_streams() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "pickle-truncated, byte 0: the pickle ends without its STOP opcode"),
        (b"\x80\x04", "pickle-truncated, byte 2: the pickle ends without its STOP opcode"),
        (b"\x80\x06N.", "pickle-protocol, byte 0: pickle protocol 6 is newer than 5"),
        (b"N\x80\x04.", "pickle-protocol, byte 1: PROTO stands behind other opcodes"),
        (b"\xffN.", "pickle-opcode, byte 0: byte 0xff is no pickle opcode"),
        (b".", "pickle-stack, byte 0: opcode STOP finds too few values on the stack"),
        (b"(.", "pickle-stack, byte 1: opcode STOP finds too few values on the stack"),
        (b"NN.", "pickle-stack, byte 2: the pickle ends with 1 unused values"),
        (b"a.", "pickle-stack, byte 0: opcode APPEND finds too few values on the stack"),
        (b"](a.", "pickle-stack, byte 2: opcode APPEND finds too few values on the stack"),
        (b"N\x86.", "pickle-stack, byte 1: opcode TUPLE2 finds too few values on the stack"),
        (b"t.", "pickle-stack, byte 0: opcode TUPLE finds no mark on the stack"),
        (b"(Nd.", "pickle-stack, byte 2: a dict is given a key without a value"),
        (b"(]Nd.", "pickle-type, byte 3: a key of a dict or set is not hashable"),
        (b"NNa.", "pickle-type, byte 2: the pickle appends to something that is neither a list nor an object"),
        (b"NNNs.", "pickle-type, byte 3: the pickle sets items of something that is neither a dict nor an object"),
        (b"](N\x90.", "pickle-type, byte 3: the pickle adds items to something that is not a set"),
        (b"]Nb.", "pickle-type, byte 2: the pickle gives a state to something that is no object"),
        (b"h\x05.", "pickle-memo, byte 0: memo entry 5 is read before it is written"),
        (b"gx\n.", "pickle-number, byte 0: `x` is not a memo index"),
        (b"I010\n.", "pickle-number, byte 0: `010` is not a decimal integer without leading zeros"),
        (b"I1x\n.", "pickle-number, byte 0: `1x` is not a decimal integer"),
        (b"F1_0\n.", "pickle-number, byte 0: `1_0` is not a float"),
        (b"I1", "pickle-truncated, byte 0: an opcode wants 2 more bytes, but only 1 are left"),
        (b"\x8b\xff\xff\xff\xff.", "pickle-number, byte 0: a length of -1 bytes is negative"),
        (b"\x8b\x01\x04\x00\x00.", "pickle-number, byte 0: an integer of 1025 bytes is longer than 1024"),
        (b"X\x01\x00\x00\x00\xff.", "pickle-text, byte 0: `\\xff` is not UTF-8 text"),
        (b"X\x03\x00\x00\x00\xed\xa0\x80.", "pickle-text, byte 0: `\\xed\\xa0\\x80` is not UTF-8 text"),
        (b"U\x01\xe9.", "pickle-text, byte 0: `\\xe9` is not ASCII, as Python 3 demands of this opcode"),
        (b"S'\\xe9'\n.", "pickle-text, byte 0: `\\xe9` is not ASCII, as Python 3 demands of this opcode"),
        (b"Sabc\n.", "pickle-text, byte 0: `abc` is not a quoted string"),
        (b"V\\ud800\n.", "pickle-text, byte 0: `\\\\ud800` is not text as Python escapes it"),
        (b"B\x05\x00\x00\x00ab.", "pickle-truncated, byte 0: an opcode wants 5 more bytes, but only 3 are left"),
        (
            b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
            "pickle-truncated, byte 0: an opcode wants 18446744073709551615 more bytes, but only 1 are left",
        ),
        (b"N.N", "pickle-data-after-stop, byte 2: 1 bytes stand behind the pickle's end"),
        (b"\x97.", "pickle-buffer, byte 0: opcode NEXT_BUFFER takes data from outside the file"),
        (b"\x98.", "pickle-buffer, byte 0: opcode READONLY_BUFFER takes data from outside the file"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(&refusal(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn frames() {
    let cases: &[(&[u8], &str)] = &[
        (b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.", "read as None"),
        (b"\x80\x04\x95\x00\0\0\0\0\0\0\0N.", "read as None"),
        (b"\x80\x04\x95\x01\0\0\0\0\0\0\0N\x95\x01\0\0\0\0\0\0\0.", "read as None"),
        (b"\x80\x04\x95\x01\0\0\0\0\0\0\0K\x01.", "pickle-frame, byte 11: an opcode crosses the end of its frame"),
        (
            b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x95\x00\0\0\0\0\0\0\0N.",
            "pickle-frame, byte 11: a frame stands inside another frame",
        ),
        (
            b"\x80\x04\x95\x09\0\0\0\0\0\0\0N.",
            "pickle-truncated, byte 2: the frame should hold 9 bytes, but only 2 are left",
        ),
        (b"\x80\x04\x95\x03\0\0\0\0\0\0\0N.N", "pickle-frame, byte 12: the pickle ends before its frame"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(&refusal(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn imports_that_are_not_allowed() {
    let unknown = "which is not on the list of known classes and functions";
    let danger = "which can run code, start processes, or reach files or the network, and which no model needs";
    for (module, name, code, tail) in [
        ("__main__", "Model", "unknown", unknown),
        ("sklearn.linear_model._logistic", "Homemade", "unknown", unknown),
        ("sklearn.svm.classes", "SVC", "unknown", unknown),
        ("os", "system", "dangerous", danger),
        ("posix", "system", "dangerous", danger),
        ("os.path", "join", "dangerous", danger),
        ("types", "FunctionType", "dangerous", danger),
        ("types", "SimpleNamespace", "unknown", unknown),
        ("test", "Model", "unknown", unknown),
        ("_io", "BytesIO", "unknown", unknown),
        ("_io", "FileIO", "dangerous", danger),
        ("numpy", "ndarray.ravel", "unknown", unknown),
        ("pandas", "DataFrame.to_numpy", "unknown", unknown),
        ("__builtin__", "eval", "dangerous", danger),
        ("subprocess", "Popen", "dangerous", danger),
        ("numpy", "load", "dangerous", danger),
        ("numpy.core", "_ufunc_reconstruct", "dangerous", danger),
        ("pickle", "loads", "dangerous", danger),
        ("cPickle", "loads", "dangerous", danger),
        ("torch", "load", "dangerous", danger),
        ("operator", "attrgetter", "dangerous", danger),
        (
            "xgboost.core",
            "os.system",
            "dangerous",
            "which reaches through a class or module for something that is not on the list of known names",
        ),
    ] {
        let bytes = [global(module, name), b".".to_vec()].concat();
        let shown = match module {
            "__builtin__" => "builtins",
            "cPickle" => "pickle",
            other => other,
        };
        let expected = format!("pickle-{code}-import, byte 0: the file imports `{shown}.{name}`, {tail}");
        assert_eq!(refusal(&bytes), expected);
    }
}

#[test]
fn invisible_names_are_escaped() {
    let message = refusal("c__main__\nA\u{202e}\u{1b}[31m\n.".as_bytes());
    assert!(message.contains("`__main__.A\\u{202e}\\u{1b}[31m`"), "{message}");
}

#[test]
fn calls_that_are_not_allowed() {
    const SVC: &[u8] = b"csklearn.svm._classes\nSVC\n";
    const GETATTR: &[u8] = b"cbuiltins\ngetattr\n";
    const STR: &[u8] = b"cbuiltins\nstr\n";
    let cases: &[(&[&[u8]], &str)] = &[
        (&[SVC, b")\x81."], "read as an object of `sklearn.svm._classes.SVC`"),
        (
            &[SVC, b")R."],
            "pickle-unexpected-use, byte 27: `sklearn.svm._classes.SVC` is called by the file, which its framework never does",
        ),
        (&[SVC, b"}b."], "pickle-build-on-import, byte 27: the file changes an imported class or function"),
        (&[SVC, b")\x81}b}b."], "pickle-build-twice, byte 31: an object is given a state twice"),
        (
            &[SVC, b"N\x85\x81."],
            "pickle-unexpected-operands, byte 28: `sklearn.svm._classes.SVC` is constructed with operands that no honest file uses",
        ),
        (
            &[SVC, b")}\x92."],
            "pickle-unexpected-operands, byte 28: `sklearn.svm._classes.SVC` is constructed with keyword arguments, which no honest file does",
        ),
        (
            &[SVC, b")\x81]b."],
            "pickle-unexpected-state, byte 29: an object of `sklearn.svm._classes.SVC` is given a state of a form that no honest file has",
        ),
        (
            &[SVC, b")\x81}V__setstate__\nNsb."],
            "pickle-special-attribute, byte 45: the file sets the special attribute `__setstate__`",
        ),
        (
            &[b"ccollections\nOrderedDict\n)R}Vappend\nNsb."],
            "pickle-special-attribute, byte 38: the file sets the special attribute `append`",
        ),
        (
            &[b"csklearn.utils\nBunch\n)\x81Na."],
            "pickle-unexpected-use, byte 24: `sklearn.utils.Bunch` is appended to by the file, which its framework never does",
        ),
        (
            &[SVC, b")\x81(N}V__class__\nNs\x86b."],
            "pickle-stack, byte 45: opcode BUILD finds too few values on the stack",
        ),
        (
            &[SVC, b")\x81N}V__class__\nNs\x86b."],
            "pickle-special-attribute, byte 44: the file sets the special attribute `__class__`",
        ),
        (
            &[b"]", b")R."],
            "pickle-computed-call, byte 2: the file calls, or gives a state to, something it does not import by name",
        ),
        (
            &[SVC, b")\x81)R."],
            "pickle-computed-call, byte 29: the file calls, or gives a state to, something it does not import by name",
        ),
        (&[SVC, b"N\x81."], "pickle-type, byte 27: the pickle calls something with arguments that are no tuple"),
        (&[GETATTR, STR, b"Vsplit\n\x86R."], "read as an object of `builtins.getattr`"),
        (
            &[GETATTR, STR, b"V__subclasses__\n\x86R."],
            "pickle-unexpected-operands, byte 49: `builtins.getattr` is called with operands that no honest file uses",
        ),
        (
            &[GETATTR, SVC, b"Vfit\n\x86R."],
            "pickle-unknown-attribute, byte 50: the file takes an attribute of something by name, which is not on the list of known attributes",
        ),
        (
            &[GETATTR, STR, b"Vswapcase\n\x86R."],
            "pickle-unknown-attribute, byte 43: the file takes an attribute of something by name, which is not on the list of known attributes",
        ),
        (&[GETATTR, b"."], "read as `builtins.getattr`"),
        (&[GETATTR, b"\x85."], "pickle-unexpected-use, : `builtins.getattr` stands in the file as a value"),
        (
            &[b"c_codecs\nencode\n", b"Vx\n", b"Vzip\n", b"\x86R."],
            "pickle-unexpected-operands, byte 25: `_codecs.encode` is called with operands that no honest file uses",
        ),
        (
            &[b"cfunctools\npartial\n", b"N\x85R."],
            "pickle-unexpected-operands, byte 21: `functools.partial` is called with operands that no honest file uses",
        ),
        (
            &[b"ccopy_reg\n_reconstructor\n", SVC, b"csklearn.svm._classes\nSVR\n", b"N\x87R."],
            "pickle-unexpected-operands, byte 79: `copyreg._reconstructor` is called with operands that no honest file uses",
        ),
        (
            &[b"cscipy.stats._continuous_distns\nnorm_gen\n", b")\x81}V_parse_arg_template\nVimport os\nsb."],
            "pickle-source-text, byte 77: a distribution of scipy.stats carries source text of its own, which SciPy would run",
        ),
        (
            &[b"V", b"os\nVsystem\nN\x86\x93."],
            "pickle-computed-name, byte 14: the file imports something under a computed name",
        ),
        (&[b"Vos\n", b"N\x93."], "pickle-computed-name, byte 5: the file imports something under a computed name"),
        (
            &[b"\x82\x01."],
            "pickle-extension, byte 0: the file imports extension code 1 of Python's copyreg registry, whatever that is",
        ),
        (&[b"P1\n."], "pickle-persistent-id, byte 0: the file refers to data outside of it by a persistent id"),
        (&[b"NQ."], "pickle-persistent-id, byte 1: the file refers to data outside of it by a persistent id"),
        (
            &[b"(ios\nsystem\n."],
            "pickle-dangerous-import, byte 1: the file imports `os.system`, which can run code, start processes, or reach \
             files or the network, and which no model needs",
        ),
        (
            &[b"(", b"cos\nsystem\n", b"Vid\no."],
            "pickle-dangerous-import, byte 1: the file imports `os.system`, which can run code, start processes, or reach \
             files or the network, and which no model needs",
        ),
    ];
    for (parts, expected) in cases {
        let bytes = parts.concat();
        assert_eq!(&refusal(&bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn kinds_and_hints() {
    let kind = |bytes: &[u8]| read(bytes, Options::LOAD).unwrap_err().kind();
    assert_eq!(kind(b"cos\nsystem\n."), ErrorKind::Dangerous);
    assert_eq!(kind(b"cmypkg\nY\n."), ErrorKind::Unsupported);
    assert_eq!(kind(b"Vos\nN\x93."), ErrorKind::Dangerous);
    assert_eq!(kind(b"N.."), ErrorKind::Malformed);
    let own = read(&b"c__main__\nX\n."[..], Options::LOAD).unwrap_err();
    assert!(own.advice().unwrap().starts_with("this class was defined in the script or notebook"));
}

#[test]
fn persistent_ids_are_data_when_asked_for() {
    let options = Options { persistent_ids: true, ..Options::LOAD };
    let storage = b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI4\ntQ";
    let pickle = read([&storage[..], b"."].concat(), options).unwrap();
    assert!(matches!(pickle.root().value(), Value::Persistent(_)));
    let module = b"(Vmodule\nctorch.nn.modules.linear\nLinear\nVlinear.py\nVclass Linear\ntQ";
    let pickle = read([&module[..], b")\x81."].concat(), options).unwrap();
    assert_eq!(pickle.root().class(), Some(("torch.nn.modules.linear", "Linear")), "PyTorch gives the class back");
    let refused = |bytes: &[u8]| read(bytes.to_vec(), options).unwrap_err().code();
    assert_eq!(refused(b"Vstorage\nQ."), "pickle-persistent-id");
    assert_eq!(refused(b"(Vmodule\ncbuiltins\ngetattr\nNNtQ."), "pickle-persistent-id");
    assert_eq!(refused(b"(Vmodule\nctorch._utils\n_rebuild_tensor\nNNtQ."), "pickle-persistent-id");
    for tail in [&b")R."[..], b"}b.", b")\x81."] {
        assert_eq!(refused(&[&storage[..], tail].concat()), "pickle-computed-call");
    }
}

#[test]
fn a_report_reads_on() {
    let bytes =
        [&b"("[..], &global("os", "system"), b"Vid\n\x85R", &global("__main__", "X"), b")\x81}b", b"N)R", b"t.N"]
            .concat();
    let report = report(&bytes, Options::REPORT);
    let imports: Vec<_> = report
        .imports
        .iter()
        .map(|import| (import.path(), import.verdict, import.uses.words(), import.offset))
        .collect();
    assert_eq!(
        imports,
        [
            ("os.system".to_owned(), Verdict::Dangerous, vec!["called"], 1),
            ("__main__.X".to_owned(), Verdict::Unknown, vec!["constructed", "given a state"], 18),
        ]
    );
    let codes: Vec<_> = report.complaints.iter().map(|error| error.code()).collect();
    assert_eq!(
        codes,
        ["pickle-dangerous-import", "pickle-unknown-import", "pickle-computed-call", "pickle-data-after-stop"]
    );
    assert!(report.stopped.is_none());
    assert_eq!(report.verdict(), Verdict::Dangerous);
    assert_eq!(super::report(b"N", Options::REPORT).verdict(), Verdict::Unknown);
    assert_eq!(super::report(b"N.", Options::REPORT).verdict(), Verdict::Allowed);
    assert_eq!(super::imports(b"cos\nsystem\n\xff").len(), 1);
}
