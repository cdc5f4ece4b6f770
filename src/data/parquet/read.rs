//! Rows of a Parquet file: only the columns that the model takes, a batch at a time.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::cells::{BatchColumn, plain_type};
use super::decode::decode;
use crate::abi::Block;
use crate::data::columns::ColumnPlan;
use crate::data::fill::{Filled, Filler};
use crate::data::rows::{RowNumber, RowSource};
use crate::data::source::read_error;
use crate::data::table::{Cells, RawTable};
use crate::data::{InputFields, Source};
use crate::error::Result;
use crate::limits;

/// Rows decoded at once.
const BATCH_ROWS: usize = 4096;

/// Rows of a Parquet source.
pub struct ParquetRows {
    batches: ParquetRecordBatchReader,
    /// The fields of the projected columns.
    fields: Vec<usize>,
    notes: Vec<String>,
    columns: Vec<BatchColumn>,
    batch_rows: usize,
    next_in_batch: usize,
    next: u64,
}

/// The format is read from its end: what is no file is copied into a temporary one.
fn into_file(source: Source) -> Result<File> {
    match source {
        Source::File(file) => Ok(file),
        other => {
            let mut file = tempfile::tempfile().map_err(read_error)?;
            std::io::copy(&mut other.into_reader(), &mut file).map_err(read_error)?;
            file.flush().and_then(|()| file.seek(SeekFrom::Start(0))).map_err(read_error)?;
            Ok(file)
        }
    }
}

fn open(file: File) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    decode(|| ParquetRecordBatchReaderBuilder::try_new(file))
}

impl ParquetRows {
    /// Reads the schema and finds the columns.
    pub fn open(source: Source, input: InputFields<'_>) -> Result<ParquetRows> {
        let builder = open(into_file(source)?)?;
        let schema = builder.schema().clone();
        limits::DATA_COLUMNS.check_len(schema.fields().len())?;
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let plan = ColumnPlan::of_names(&names, input)?;
        let mut wanted = Vec::new();
        for (column, field) in plan.fields.iter().enumerate().filter_map(|(column, field)| field.map(|f| (column, f))) {
            plain_type(schema.field(column).data_type())
                .map_err(|error| error.at(format!("column `{}`", names[column])))?;
            wanted.push((column, field));
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().map(|(column, _)| *column));
        let batches = decode(|| builder.with_projection(mask).with_batch_size(BATCH_ROWS).build())?;
        let fields = wanted.into_iter().map(|(_, field)| field).collect();
        let columns = Vec::new();
        Ok(ParquetRows { batches, fields, notes: plan.notes, columns, batch_rows: 0, next_in_batch: 0, next: 0 })
    }

    /// Decodes the next batch that has rows; false at the end.
    fn next_batch(&mut self) -> Result<bool> {
        while self.next_in_batch == self.batch_rows {
            let Some(batch) = decode(|| self.batches.next().transpose())? else { return Ok(false) };
            self.columns = batch.columns().iter().map(BatchColumn::of).collect::<Result<_>>()?;
            (self.batch_rows, self.next_in_batch) = (batch.num_rows(), 0);
        }
        Ok(true)
    }
}

impl RowSource for ParquetRows {
    fn next_row(&mut self, filler: &mut Filler, block: &mut Block) -> Result<Option<Filled>> {
        if !self.next_batch()? {
            return Ok(None);
        }
        filler.begin(block);
        for (column, field) in self.columns.iter().zip(&self.fields) {
            filler
                .value(block, *field, column.value(self.next_in_batch))
                .map_err(|error| error.at(format!("row {}", self.next)))?;
        }
        let filled = filler.end(block);
        if filled == Filled::Row {
            (self.next_in_batch, self.next) = (self.next_in_batch + 1, self.next + 1);
        }
        Ok(Some(filled))
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn row_number(&self) -> RowNumber {
        RowNumber::Row(self.next.saturating_sub(1))
    }
}

/// A whole file as typed columns.
pub fn table(bytes: &[u8]) -> Result<RawTable> {
    let file = into_file(Source::Bytes(bytes.to_vec()))?;
    let builder = open(file)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    limits::DATA_COLUMNS.check_len(names.len())?;
    let mut columns: Vec<Option<Cells>> = vec![None; names.len()];
    let mut rows = 0;
    let mut batches = decode(|| builder.with_batch_size(BATCH_ROWS).build())?;
    while let Some(batch) = decode(|| batches.next().transpose())? {
        rows += batch.num_rows();
        limits::DATA_ROWS.check_len(rows)?;
        for ((cells, array), name) in columns.iter_mut().zip(batch.columns()).zip(&names) {
            let more = BatchColumn::of(array).map_err(|error| error.at(format!("column `{name}`")))?.cells();
            match cells {
                Some(cells) => cells.append(more),
                None => *cells = Some(more),
            }
        }
    }
    let cells = columns.into_iter().map(|cells| cells.unwrap_or(Cells::Number(Vec::new()))).collect();
    Ok(RawTable::of_cells(names, cells))
}
