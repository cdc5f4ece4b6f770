//! The name that was probably meant: the known one with the fewest letters changed.

/// Letters of a name that are compared; longer ones are no typing errors.
const MOST_LETTERS: usize = 64;

/// The known name nearest to `found`, if no more than a third of its letters differ.
pub fn nearest<'k>(found: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let found: Vec<char> = found.chars().take(MOST_LETTERS + 1).map(|c| c.to_ascii_lowercase()).collect();
    if found.len() > MOST_LETTERS {
        return None;
    }
    let distances = known.into_iter().filter_map(|name| {
        let letters: Vec<char> = name.chars().map(|c| c.to_ascii_lowercase()).collect();
        let distance = distance(&found, &letters);
        (distance * 3 <= found.len().max(letters.len())).then_some((distance, name))
    });
    distances.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Letters to insert, remove, change or swap with the next until both are the same.
fn distance(from: &[char], to: &[char]) -> usize {
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=to.len()).collect());
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from[i - 1] == *b && to[j - 1] == *a {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        let known = ["sample", "sample-rows", "signature", "target", "target-sample"];
        for (found, expected) in [
            ("sampel", Some("sample")),
            ("Sample", Some("sample")),
            ("sample_rows", Some("sample-rows")),
            ("signatur", Some("signature")),
            ("tarhet", Some("target")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, known), expected, "{found}");
        }
        assert_eq!(nearest(&"sample".repeat(1000), known), None);
    }
}
