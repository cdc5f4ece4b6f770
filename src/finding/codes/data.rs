//! Codes of rows in and out, samples, signatures and expected outputs.

use super::{CodeDoc, doc};

/// Sorted by code.
pub(super) static CODES: &[CodeDoc] = &[
    doc(
        "csv-quote",
        "a quote of the CSV data is wrong",
        "A quoted cell does not end, or goes on behind its closing quote. Where cells end cannot be told then.",
        "Write a quote inside a quoted cell twice, and close every quoted cell; the message names the line.",
    ),
    doc(
        "csv-ragged",
        "a line of the CSV data has another number of cells",
        "Every line holds as many cells as the header. A line with more or fewer would shift its values into other \
         columns.",
        "Correct the line that the message names; a cell with a comma needs quotes.",
    ),
    doc(
        "data-format",
        "the data are in a format that is not read",
        "The content begins like another format, or in an encoding other than UTF-8.",
        "Save the rows as CSV, JSON, JSON lines or `.npy`, in UTF-8; Parquet needs a build with `--features batch`.",
    ),
    doc(
        "empty-data",
        "there are no data",
        "The input is empty: not even a header is there.",
        "Give a file with a header and rows.",
    ),
    doc(
        "expected-outputs",
        "the expected outputs are not in the form that is read",
        "They are one JSON object of method name to rows, as `predict --method all --output-format json` prints, or \
         the rows of one method.",
        "Write the object with the lines of Python that the README shows, or name the method with `--method`.",
    ),
    doc(
        "header-unclear",
        "the first line is neither clearly a header nor clearly a row",
        "The model's column names are not known from the file, and the line could be either. Guessing would lose or \
         invent a row.",
        "Begin the data with a header.",
    ),
    doc(
        "json-ragged",
        "a row or column of the JSON data has another length",
        "All rows hold as many cells, and all columns as many rows. Otherwise values would shift.",
        "Correct the row or column that the message names; write `null` where a value is missing.",
    ),
    doc(
        "json-table",
        "the JSON document is no table",
        "Rows are read from a list of records, a list of rows, an object of columns, {\"columns\": …, \"data\": …} or \
         {\"data\": …}.",
        "Write the rows in one of these forms.",
    ),
    doc(
        "missing-column",
        "an input column is not in the data",
        "The model takes a column that the data do not have. Filling it with missing values would give predictions \
         that nobody asked for.",
        "Add the column, or correct its name: the hint names a similar one if there is any.",
    ),
    doc(
        "missing-value",
        "a value is missing where the model takes none",
        "The framework refuses missing values in this column, so the score module does as well.",
        "Fill the value in, or put an imputer before the model.",
    ),
    doc(
        "not-a-number",
        "a cell is not a number",
        "Cells are typed by the model's signature, never guessed, and this column holds numbers.",
        "Correct the cell that the message names; an empty cell or `null` is a missing value.",
    ),
    doc(
        "not-a-value",
        "a cell holds a list or an object",
        "A cell of a table is a number, a text, a truth value or nothing.",
        "Flatten the nested value into columns of its own.",
    ),
    doc(
        "not-utf8",
        "the text is not UTF-8",
        "The bytes cannot be read as UTF-8, and in another encoding the same bytes are other letters, and so other \
         categories.",
        "Save the file as UTF-8.",
    ),
    doc(
        "npy-output",
        "the results do not fit one array",
        "A .npy file holds one array of one type, and the method returns several outputs or text.",
        "Write the results as CSV or JSON.",
    ),
    doc(
        "npy-table",
        "the .npy array is no table",
        "Rows are an array of one or two dimensions that holds numbers or text.",
        "Reshape the array to rows and columns, or save the table as CSV or JSON.",
    ),
    doc(
        "sparse-output",
        "sparse rows make no table",
        "The method returns rows of very many columns of which each stores a few, and a table would spell out all of them.",
        "Write the results as JSON or JSON lines: a row names the columns that it stores, and their values.",
    ),
    doc(
        "parquet",
        "the Parquet file cannot be read",
        "The file is damaged, cut off, or uses a feature of the format that this build does not read.",
        "Write the table again, without encryption and with a common compression (snappy, zstd, lz4, gzip).",
    ),
    doc(
        "parquet-type",
        "a Parquet column has a type that no model takes",
        "Columns of numbers, truth values and text are read; dates, decimals and nested types have no single meaning \
         as numbers.",
        "Convert the column before saving: dates to text or numbers, nested columns to plain ones.",
    ),
    doc(
        "row-refused",
        "the model refuses a row",
        "The framework itself raises an error for such a row: a missing value where it takes none, infinity, or a \
         category that it has not met in training. The score module refuses what the framework refuses.",
        "Correct the row that the message names, or fit the model so that it accepts such values (an imputer, \
         `handle_unknown='ignore'`).",
    ),
    doc(
        "sample",
        "the stored sample cannot be read",
        "The artifact's sample is not a list of records any more, so the proofs have nothing to run on.",
        "Build the artifact again, or restore the file.",
    ),
    doc(
        "signature",
        "the signature does not fit the model",
        "It has other columns than the model takes, a name twice, or a type that the column cannot have.",
        "Correct the signature; `scorepack inspect --output-format json` prints the model's own.",
    ),
    doc(
        "text-too-long",
        "a text is longer than the score module takes",
        "A score module has memory of a fixed size, and the text of one row does not fit the part that is set aside \
         for it.",
        "Build the artifact with a larger `--max-text-bytes`, or shorten the text.",
    ),
];
