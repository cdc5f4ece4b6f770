//! Files that hold a model's numbers and nothing that tells so: another file beside them says where each tensor lies, and
//! they are known by their names beside that one. What could be read as a model of its own is judged as such instead.

/// The last bytes of the table that says where a checkpoint's tensors lie.
const TABLE_END: &[u8] = &[0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/// What is appended to the name of an ONNX model for the file of its tensors.
const ONNX_DATA: &[&str] = &["_data", ".data"];

/// What a file of unknown content is, beside files of which it can be asked whether they are there.
pub(super) fn kind(name: &str, bytes: &[u8], is_there: impl Fn(&str) -> bool) -> Option<&'static str> {
    if let Some(stem) = name.strip_suffix(".index") {
        return (bytes.ends_with(TABLE_END) && is_there(&format!("{stem}.data-00000-of-00001")))
            .then_some("table of a TensorFlow checkpoint");
    }
    if let Some((stem, numbers)) = name.rsplit_once(".data-") {
        let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_part = numbers.split_once("-of-").is_some_and(|(part, all)| is_number(part) && is_number(all));
        return (is_part && is_there(&format!("{stem}.index"))).then_some("tensors of a TensorFlow checkpoint");
    }
    let models = ONNX_DATA.iter().filter_map(|end| name.strip_suffix(end));
    let mut models = models.filter(|model| model.ends_with(".onnx"));
    models.any(is_there).then_some("tensors of an ONNX model")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_known_beside_what_says_where_they_lie() {
        let names = ["v/variables.index", "v/variables.data-00000-of-00001", "m.onnx"];
        let kind = |name: &str, bytes: &[u8]| kind(name, bytes, |other| names.contains(&other));
        assert_eq!(kind("v/variables.index", TABLE_END), Some("table of a TensorFlow checkpoint"));
        assert_eq!(kind("v/variables.index", b"else"), None);
        assert_eq!(kind("v/variables.data-00000-of-00001", b""), Some("tensors of a TensorFlow checkpoint"));
        assert_eq!(kind("m.onnx_data", b""), Some("tensors of an ONNX model"));
        assert_eq!(kind("m.onnx.data", b""), Some("tensors of an ONNX model"));
        for other in ["variables.data-00000-of-00001", "v/variables.data-0-of-1", "n.onnx_data", "m_data", "w.index"] {
            assert_eq!(kind(other, TABLE_END), None, "{other}");
        }
    }
}
