//! What goes between this process and the sandbox's child, which a stranger's module may have taken over.

use scorepack::abi::{Block, Column, Output, OutputArena, SparseArena};
use scorepack::sandbox::wire::{self, Reader, Writer};
use scorepack::tensor::{Data, ElementType, Pattern};

use super::Seed;

/// Rows that were asked for.
const ROWS: usize = 3;
/// Frames of one stream.
const FRAMES: usize = 8;

/// An output of every kind.
fn empty() -> Vec<Output> {
    let sparse = Some(SparseArena { columns: 0, values: 0 });
    let kinds = [
        (ElementType::F32, 2, None),
        (ElementType::F64, 1, None),
        (ElementType::I64, 0, None),
        (ElementType::Bool, 1, None),
        (ElementType::Text, 1, None),
        (ElementType::F64, 4, sparse),
    ];
    let arena = |(element, width, sparse)| OutputArena { element, width, sparse, ..OutputArena::of_text("output") };
    kinds.map(|kind| Output::empty(&arena(kind))).into()
}

/// A stream of frames, or one frame: what the child reads, and what is read of the child.
pub fn wire(bytes: &[u8]) {
    frame(bytes);
    let mut stream = bytes;
    for _ in 0..FRAMES {
        let Ok(Some(content)) = wire::receive(&mut stream) else { break };
        frame(&content);
    }
}

fn frame(bytes: &[u8]) {
    let mut reader = Reader(bytes);
    if reader.text().is_ok()
        && let Ok(block) = reader.block()
    {
        let mut writer = Writer::default();
        writer.block(&block);
        let again = Reader(&writer.0).block().expect("a block that was written here");
        assert_eq!(format!("{again:?}"), format!("{block:?}"));
    }
    let Ok(outputs) = Reader(bytes).reply().and_then(|body| Reader(body).outputs(empty(), ROWS)) else { return };
    assert_eq!(outputs.len(), empty().len());
    for output in outputs {
        use_all(output);
    }
}

/// Everything that is done with results.
fn use_all(output: Output) {
    assert_eq!(output.rows, ROWS);
    let _ = output.take_rows(&[0, ROWS - 1, 0]);
    for (row, column) in (0..ROWS).flat_map(|row| (0..output.width).map(move |column| (row, column))) {
        assert!(output.position(row, column).is_none_or(|at| at < output.values.len()));
    }
    let mut twice = output.clone();
    twice.append(output);
    let _ = twice.take_rows(&[2 * ROWS - 1]);
}

/// A call, its answer, and a refusal.
pub fn seeds() -> Vec<Seed> {
    let mut call = Writer::default();
    call.text("predict");
    call.block(&Block {
        rows: 2,
        columns: vec![
            Column::F32 { width: 1, items: vec![1.5, -0.0] },
            Column::F64 { width: 2, items: vec![1.0, f64::INFINITY, f64::NAN, 5e-324] },
            Column::Text { ends: vec![3, 3], bytes: "abc".into(), present: vec![true, false] },
        ],
    });
    let mut outputs = empty();
    outputs.iter_mut().for_each(|output| output.rows = ROWS);
    outputs[0].values = Data::F32(vec![0.5; 2 * ROWS]);
    outputs[1].values = Data::F64(vec![f64::NAN; ROWS]);
    outputs[3].values = Data::Bool(vec![true, false, true]);
    outputs[4].values = Data::Text(vec![Some("a".into()), None, Some("größe".into())]);
    outputs[5].values = Data::F64(vec![1.0, 2.0, 3.0]);
    outputs[5].pattern = Some(Pattern { offsets: vec![0, 2, 2, 3], columns: vec![0, 3, 1] });
    let refusal = Writer::refusal(&scorepack::error::Error::unsupported("row-refused", "no").on_row(1));
    let frames = [("call", call.0), ("answer", Writer::reply(&outputs).0), ("refusal", refusal.0)];
    let mut stream = Vec::new();
    for (_, frame) in &frames {
        wire::send(&mut stream, frame).expect("a stream in memory");
    }
    let seed = |(name, bytes): (&str, Vec<u8>)| Seed { target: "wire", name: name.into(), bytes };
    frames.into_iter().chain([("stream", stream)]).map(seed).collect()
}
