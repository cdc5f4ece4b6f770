//! Codes of `scan` and of the encodings that only it reads.

use super::{CodeDoc, doc};

const LEAVE: &str = "Do not load the file in Python. Ask whoever gave it to you for the weights alone, or save the model again \
                     without the part that the message names.";
const AGAIN: &str = "Copy or download the file again, or save it again with the framework that wrote it. If it still fails, do \
                     not load it: other readers may see something else in it than you do.";

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "container",
        "a zip file could be read in two ways",
        "A zip file says everything twice: before each member and in a directory at its end. Here the two differ, overlap, \
         leave gaps, or use what frameworks never write (comments, encryption, links), so that two readers could see two \
         files.",
        AGAIN,
    ),
    doc(
        "gguf",
        "a GGUF file is broken",
        "A count, a length or a type in the header of the language model does not fit the file.",
        AGAIN,
    ),
    doc(
        "hdf5",
        "an HDF5 file is broken",
        "A structure of the HDF5 file is not what the format demands, or a part of it lies in another file.",
        AGAIN,
    ),
    doc(
        "protobuf",
        "a Protocol Buffers message is broken",
        "A field of the ONNX model or TensorFlow graph is cut short, has no number, or is of another type than its schema \
         says.",
        AGAIN,
    ),
    doc(
        "safetensors",
        "a safetensors file is broken",
        "Tensors must fill the file side by side, each as long as its shape and type need. These leave gaps, overlap, or end \
         elsewhere than the file.",
        AGAIN,
    ),
    doc(
        "scan",
        "a model does more than hold a model",
        "`check` looks into the model file as `scorepack scan` does: whatever it names must be known, and must not reach code, \
         files, processes or the network. What is unknown is not decided here; what is dangerous or malformed is an error, \
         with a code of its own.",
        LEAVE,
    ),
    doc(
        "scan-archive",
        "an archive of a kind that is not opened",
        "No framework writes this kind of archive, and what is in it was not seen. Loaders that unpack whatever they are \
         given have been attacked in this way.",
        "Unpack it with the tool that made it and scan the files in it.",
    ),
    doc(
        "scan-document",
        "a document beside a model that cannot be read",
        "A text names classes or templates as configurations of models do, and is no JSON for this tool. Another reader could \
         take it, and find there what is not seen here.",
        AGAIN,
    ),
    doc(
        "scan-gguf-version",
        "an unknown version of GGUF",
        "The header has another form in other versions, so nothing in it was judged.",
        "Convert the model to GGUF version 3 with a current llama.cpp.",
    ),
    doc(
        "scan-hdf5-file",
        "an HDF5 file that is made of other files",
        "A link or an array of the file lies in another file, which whoever loads this one opens: its content becomes weights, \
         and comes out as predictions.",
        LEAVE,
    ),
    doc(
        "scan-keras-class",
        "a class that is not Keras' own",
        "A Keras configuration names classes, and whoever loads it imports and constructs them. This one is not on the list of \
         Keras' own layers, losses, metrics and optimizers.",
        "Read the source of that class before you load the model, and register it by hand (`custom_objects`).",
    ),
    doc(
        "scan-keras-code",
        "a Keras configuration that runs code",
        "`Lambda` layers hold Python bytecode, some layers load programs or vocabularies from paths, and a function may be \
         named by its module: all of it runs when the model is loaded or called.",
        LEAVE,
    ),
    doc(
        "scan-nested-archive",
        "archives too deep in each other",
        "One archive inside another is looked into, no more: deeper ones hide things, and frameworks write none.",
        "Unpack the outer archive and scan what is in it.",
    ),
    doc(
        "scan-onnx-domain",
        "an operator that the ONNX standard does not define",
        "Operators of other domains come from a library that is loaded beside the runtime. What they do is not known here.",
        "Find out which library defines the operator, or export the model with standard operators only.",
    ),
    doc(
        "scan-onnx-external",
        "an unknown or repeated property of a tensor in another file",
        "ONNX knows the properties location, offset, length and checksum, each once. Others were used to write attributes of \
         Python objects, and to lead out of the model's folder.",
        AGAIN,
    ),
    doc(
        "scan-onnx-field",
        "a field that ONNX did not define yet",
        "The model holds a field of a later version of ONNX, or of somebody's own. It could name operators or files, which are \
         not seen.",
        "Write the model again with a version of ONNX that this tool knows.",
    ),
    doc(
        "scan-onnx-location",
        "a tensor outside the model's folder",
        "Weights of an ONNX model may lie in a file beside it, under a plain name. This one names a path elsewhere: whoever \
         loads the model reads that file.",
        LEAVE,
    ),
    doc(
        "scan-onnx-python",
        "an operator that runs Python",
        "The operator calls back into Python, with code that the model or its author brings.",
        LEAVE,
    ),
    doc(
        "scan-left-behind",
        "what Python left beside a model",
        "The folder `__pycache__` holds modules that Python compiled, and Python runs them in place of the sources beside it. \
         They are not judged.",
        "Remove the folder: Python makes it again from the sources.",
    ),
    doc(
        "scan-program",
        "a program beside a model",
        "A file is a program in source: Python, a shell's, a notebook. Programs are not judged, but those of artifacts that are, \
         to the byte, what this version writes for their manifest.",
        "Read the program before anything imports or runs it, or scan the model file alone.",
    ),
    doc(
        "scan-safetensors-type",
        "an unknown element type in a safetensors file",
        "The sizes of tensors of this type are not known here, so the file could not be checked.",
        "Save the tensors in one of the types that the safetensors format defines.",
    ),
    doc(
        "scan-skops-reduce",
        "a stored call in a skops file",
        "The node says which function to call with which arguments when it is loaded, as a pickle does.",
        "Look at the types with `skops.io.get_untrusted_types` before you load the file.",
    ),
    doc(
        "scan-template",
        "a template that reaches for Python",
        "Templates of conversations are rendered by Jinja. This one goes through attributes of Python's objects, which is how \
         templates run code where they are rendered without a sandbox.",
        LEAVE,
    ),
    doc(
        "scan-template-unknown",
        "a template that could reach for Python",
        "Templates of conversations are rendered by Jinja. This one looks things up by names that it computes, or calls what is \
         not known, so that it cannot be told what it reaches without running it.",
        "Render it in Jinja's sandbox, as current libraries do, or write the look-up as a text in the template.",
    ),
    doc(
        "scan-tensorflow-operation",
        "a graph that reaches files, Python or the network",
        "TensorFlow runs whatever operations a graph holds, and this one reads or writes files, calls Python, or opens \
         connections.",
        LEAVE,
    ),
    doc(
        "scan-tensorflow-unknown",
        "an operation that is not known only to compute",
        "The operation is not on the list of TensorFlow's operations that compute and nothing else: it prints, sends, reads a \
         table from a file, or belongs to a library of its own.",
        "Find out what the operation does before you load the model.",
    ),
    doc(
        "scan-torchscript",
        "a TorchScript program",
        "The file holds a program in TorchScript, which PyTorch runs. Its operations can reach files, and they are not judged \
         here.",
        "Save the weights alone (`torch.save(model.state_dict(), …)`) and build the model from its source.",
    ),
    doc(
        "scan-two-formats",
        "a file of two formats at once",
        "The file begins in one format and is of another one for readers that look elsewhere or take it for a pickle: a zip \
         file by its end, an HDF5 file behind a block of other bytes, a pickle whose first opcode is the first byte.",
        AGAIN,
    ),
    doc(
        "scan-unknown-member",
        "unknown content in an archive",
        "A member of the archive is of no format that can be judged, and unknown content is never called clean.",
        "Scan the model file itself, without what stands beside it in the archive.",
    ),
    doc(
        "tar",
        "a tar file is broken",
        "A header of the tar file fails its checksum, or it holds links, devices or headers that change what follows.",
        AGAIN,
    ),
    doc(
        "torch-storages",
        "the tensors of a PyTorch file are not those that it names",
        "Behind the pickles of a file from before PyTorch 1.6 lie its tensors, in the order, of the types and of the \
         lengths that the pickles give: one is missing or cut short, has another length, or something stands behind the last.",
        AGAIN,
    ),
];
