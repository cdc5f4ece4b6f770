//! Codes of the encodings: pickle, joblib, FlatBuffers, .npy, UBJSON, JSON and compressed streams.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "array-size",
        "an array has not the bytes that its shape needs",
        "Shape and element type of an array say how many bytes it takes, and the file holds more or fewer. It was \
         damaged or written by hand.",
        "Save the model again. If the file was copied, compare its size and SHA-256 with the original.",
    ),
    doc(
        "array-text",
        "an element of an array is not Unicode text",
        "NumPy stores text as UTF-32, and one element is no valid character. The file was damaged or written by hand.",
        "Save the model again from the program that trained it.",
    ),
    doc(
        "base64",
        "text that should be base64 is not",
        "Bytes inside JSON are written as base64, and this text holds a character or a length that base64 does not \
         have.",
        "Encode the bytes with a standard base64 function, without line breaks.",
    ),
    doc(
        "compressed",
        "a compressed stream is broken",
        "The zlib, gzip, bz2, xz, lzma or lz4 stream around the model ends early or fails its own checksum: the file \
         was cut off or changed.",
        "Copy or download the file again in binary mode, or dump the model again.",
    ),
    doc(
        "compressed-trailing",
        "bytes stand behind the compressed stream",
        "joblib writes one compressed stream and nothing else. What stands behind it would be ignored by Python, and \
         unknown content is never passed over here.",
        "Dump the model again. If two files were concatenated, separate them.",
    ),
    doc(
        "document-value",
        "a value of a document does not fit",
        "A JSON or UBJSON model file holds a value of another kind than its key needs, or a number that its \
         framework's float32 cannot hold.",
        "Save the model again with the framework; do not edit model files by hand.",
    ),
    doc(
        "duplicate-key",
        "a key stands twice in an object",
        "Readers disagree about which of two equal keys counts, so a file with both could mean one thing to the \
         framework and another here.",
        "Save the model again with the framework; do not edit model files by hand.",
    ),
    doc(
        "flatbuffers",
        "a FlatBuffer is broken",
        "An offset of the buffer leads outside it, a vector is longer than the buffer, or a text is not UTF-8. The file \
         was cut off or changed.",
        "Copy or download the file again in binary mode, or save the model again.",
    ),
    doc(
        "joblib-array",
        "an array of a joblib file cannot be read",
        "joblib writes the bytes of an array behind its description. They end early, or the array holds objects in a \
         form that versions of joblib read differently.",
        "Dump the model again with joblib 1; for arrays of objects store them in row-major order.",
    ),
    doc(
        "joblib-frame",
        "the bytes of an array stand inside a pickle frame",
        "joblib writes arrays between frames. Inside one, Python's reader and joblib would disagree about where the \
         data are.",
        "Dump the model again with joblib; this file was assembled in another way.",
    ),
    doc(
        "joblib-two-readings",
        "a joblib file does something else where it is loaded without joblib",
        "Python's own `pickle.load` takes the bytes of joblib's arrays for instructions. In an honest file these make no \
         sense, and it stops; here they do something.",
        "Do not load this file; ask whoever sent it how it was made.",
    ),
    doc(
        "joblib-version",
        "the file was written by joblib before 0.10",
        "That format keeps the arrays in other files beside this one, which cannot be read.",
        "Load it with the joblib that wrote it and dump it again with joblib 1.",
    ),
    doc(
        "json",
        "the text is not JSON",
        "The document breaks the JSON grammar at the line and column that the message names.",
        "Write the document with a JSON library; single quotes, comments and trailing commas are not JSON.",
    ),
    doc(
        "missing-key",
        "a document lacks a key",
        "The model file should hold a key that its framework always writes. It is truncated, edited, or of a version \
         that is not known.",
        "Save the model again with a version of the framework that `scorepack inspect --supported` covers.",
    ),
    doc(
        "npy",
        "the bytes are not a sound .npy array",
        "The header of the array is broken, or there are fewer or more bytes than its shape needs.",
        "Write the array again with `numpy.save`.",
    ),
    doc(
        "npy-objects",
        "the .npy array holds Python objects",
        "NumPy stores objects as a pickle, and a pickle can run code when it is loaded; its elements have no fixed \
         type either.",
        "Convert the array to numbers or text before saving it: `array.astype(float)` or `array.astype(str)`.",
    ),
    doc(
        "npy-version",
        "a newer version of the .npy format",
        "The array says a format version that this reader does not know.",
        "Save it again with `numpy.save`, which writes version 1.0 to 3.0.",
    ),
    doc(
        "pickle-buffer",
        "a pickle takes data from outside the file",
        "Protocol 5 can leave large buffers to the program that loads the file. They are not in it, so the model is \
         incomplete.",
        "Dump the model without `buffer_callback`.",
    ),
    doc(
        "pickle-build-on-import",
        "a pickle changes an imported class or function",
        "Giving a state to something imported changes it for the whole Python process. No framework does so; an \
         attacker does.",
        "Do not load this file in Python. Ask for the model from its source.",
    ),
    doc(
        "pickle-build-twice",
        "an object of a pickle is given a state twice",
        "Python's pickler never writes this. The second state could replace what a scanner has judged.",
        "Dump the model again; if the file came from elsewhere, do not load it.",
    ),
    doc(
        "pickle-computed-call",
        "a pickle calls something that it does not import by name",
        "What would be called depends on the result of another call, so nobody can tell it without running the file.",
        "Do not load this file in Python. Ask for the model from its source.",
    ),
    doc(
        "pickle-computed-name",
        "a pickle imports something under a computed name",
        "The name is put together while the file is loaded, which hides it from every reader that runs nothing.",
        "Do not load this file in Python. Ask for the model from its source.",
    ),
    doc(
        "pickle-dangerous-import",
        "a pickle imports what can run commands or code",
        "Loading this file in Python would import, and probably call, a function that starts programs, runs code, \
         opens files or connects to a network. No model needs that. Nothing of it was run here.",
        "Do not load this file in Python. Find out where it came from, and treat every machine that loaded it as \
         suspect.",
    ),
    doc(
        "pickle-data-after-stop",
        "bytes stand behind the end of a pickle",
        "Python stops reading at STOP. What stands behind it may be a second file or hidden content, and unknown \
         content is never passed over here.",
        "Dump the model again. If two files were concatenated, separate them.",
    ),
    doc(
        "pickle-duplicate-key",
        "a dict of a pickle has the same key twice",
        "Python would keep the last value only. An honest pickler never writes both.",
        "Dump the model again from the program that trained it.",
    ),
    doc(
        "pickle-extension",
        "a pickle imports by an extension code",
        "What the code stands for is known only to the Python process that loads the file (`copyreg`), not to the \
         file.",
        "Dump the model without registered extension codes.",
    ),
    doc(
        "pickle-frame",
        "the frames of a pickle are broken",
        "Since protocol 4 a pickle says its length in frames; here a frame stands in another one, or an instruction \
         crosses its end. The file is damaged or was assembled by hand.",
        "Dump the model again.",
    ),
    doc(
        "pickle-memo",
        "a pickle reads a memo entry that was never written",
        "The file refers back to an object that does not exist. It is damaged or was assembled by hand.",
        "Dump the model again.",
    ),
    doc(
        "pickle-number",
        "a number of a pickle cannot be read",
        "A number or a length is not written as pickle writes it. The file is damaged or was assembled by hand.",
        "Dump the model again.",
    ),
    doc(
        "pickle-opcode",
        "a byte is no pickle instruction",
        "The bytes stop making sense as a pickle at the place that the message names: the file is damaged, or is not \
         a pickle at all.",
        "Copy the file again in binary mode, or dump the model again.",
    ),
    doc(
        "pickle-persistent-id",
        "a pickle refers to data outside of it",
        "A persistent id is resolved by the program that loads the file, so the file alone does not hold the model.",
        "Save the model by the framework's own function into one file.",
    ),
    doc(
        "pickle-protocol",
        "the pickle protocol is wrong or too new",
        "Protocols 0 to 5 are known. A higher number, or the mark in the wrong place, means another format or a \
         damaged file.",
        "Dump the model with `protocol=5` or lower.",
    ),
    doc(
        "pickle-signature",
        "the content is neither a pickle nor a joblib file",
        "The unpacked bytes do not begin as a pickle of any protocol does.",
        "Check that this is the file that `joblib.dump` or `pickle.dump` wrote.",
    ),
    doc(
        "pickle-source-text",
        "a distribution carries source text",
        "Frozen distributions of scipy.stats can hold the text of a function that SciPy runs when the object is used. \
         Here the text is not SciPy's own.",
        "Do not load this file in Python. Ask for the model from its source.",
    ),
    doc(
        "pickle-special-attribute",
        "a pickle sets a special attribute",
        "Attributes such as `__class__` or `__reduce__` change how an object behaves. Frameworks do not store them; \
         attacks do.",
        "Do not load this file in Python. Ask for the model from its source.",
    ),
    doc(
        "pickle-stack",
        "the instructions of a pickle do not fit together",
        "An instruction finds too few values to work on, or values are left at the end. The file is damaged or was \
         assembled by hand.",
        "Dump the model again.",
    ),
    doc(
        "pickle-text",
        "a text of a pickle cannot be read",
        "A string or name is not written as pickle writes it, or is not UTF-8. The file is damaged or was assembled \
         by hand.",
        "Dump the model again; text from Python 2 must be decoded before.",
    ),
    doc(
        "pickle-truncated",
        "the pickle ends early",
        "The file stops in the middle of an instruction, or without the instruction that ends a pickle: it was cut \
         off.",
        "Copy or download the file again and compare its size, or dump the model again.",
    ),
    doc(
        "pickle-type",
        "an instruction of a pickle gets a value of the wrong kind",
        "A list is used as a dict, for instance, or as a key. The file is damaged or was assembled by hand.",
        "Dump the model again.",
    ),
    doc(
        "pickle-type-state",
        "the type of an array is not described as NumPy does",
        "NumPy writes a type's size, order, fields and flags in one form. Others would let NumPy and this tool step over \
         different numbers of bytes, or let NumPy take numbers for addresses.",
        "Dump the model with a released version of NumPy and joblib; if the file came from elsewhere, do not load it.",
    ),
    doc(
        "pickle-unexpected-operands",
        "a pickle calls a known function with operands that no honest file uses",
        "The function is allowed because frameworks need it, but with these operands it would reach something else.",
        "Do not load this file in Python. Ask for the model from its source.",
    ),
    doc(
        "pickle-unexpected-state",
        "a pickle gives an object a state of a form that its class never writes",
        "Each class writes its state in one form, most of them as attributes by name. Another form could set what the \
         class would not, or reach code of the class that honest files do not.",
        "Dump the model with a released version of the framework; if the file came from elsewhere, do not load it.",
    ),
    doc(
        "pickle-unexpected-use",
        "a pickle uses a known class or function in a way its framework never does",
        "A name may be allowed to be made but not called, or the other way round. Here it is used outside of what is \
         known to be harmless.",
        "Dump the model with a released version of the framework; if the file came from elsewhere, do not load it.",
    ),
    doc(
        "pickle-unknown-attribute",
        "a pickle takes an attribute that is not known",
        "The file names a class or an object and one of its methods, which is called when the model is used. Only a few \
         methods of Python's text are known to be harmless.",
        "Replace the method by a function of NumPy's or by an estimator of the framework's own.",
    ),
    doc(
        "pickle-unknown-import",
        "a pickle imports a class or function that is not known",
        "Only names on an exact list are read. A class of your own, or of a library that is not supported, carries \
         code that scorepack cannot see or compile.",
        "Replace it by the framework's own class, or package the model unproven with `--engine native \
         --no-score-module`.",
    ),
    doc(
        "ubjson",
        "the bytes are not sound UBJSON",
        "A marker, a length or a number is not one that UBJSON has, or the document ends early.",
        "Save the model again: `booster.save_model(\"model.ubj\")`.",
    ),
];
