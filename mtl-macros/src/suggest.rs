//! The name that a user probably meant.

/// The candidate nearest to `name`, if any is near enough for a slip of the fingers: case and underscores count for
/// nothing, and one edit is allowed for every three letters.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = normalise(name);
    let allowed = (wanted.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let normal = normalise(candidate);
        // A name of one or two letters is near to every other one.
        if normal.len().min(wanted.len()) < 3 && normal != wanted && !(normal.len() == wanted.len() && transposed(&normal, &wanted)) {
            continue;
        }
        if normal.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = distance(&wanted, &normal);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    join(names, "and")
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn choice<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    join(names, "or")
}

fn join<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing".into(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}

fn normalise(name: &str) -> Vec<char> {
    name.chars().filter(|&character| character != '_').flat_map(char::to_lowercase).collect()
}

fn transposed(a: &[char], b: &[char]) -> bool {
    a.iter().rev().eq(b.iter())
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let substituted = last[j] + usize::from(a[i] != b[j]);
            row[j + 1] = substituted.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                row[j + 1] = row[j + 1].min(before_last[j - 1] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_name_and_nothing_far() {
        let layers = ["Dense", "Dropout", "BatchNorm", "Concat"];
        assert_eq!(nearest("dense", layers), Some("Dense"));
        assert_eq!(nearest("Desne", layers), Some("Dense"));
        assert_eq!(nearest("batch_norm", layers), Some("BatchNorm"));
        assert_eq!(nearest("DropOut", layers), Some("Dropout"));
        assert_eq!(nearest("Transformer", layers), None);
        assert_eq!(nearest("b", ["a", "c"]), None);
        assert_eq!(nearest("", ["a"]), None);
    }

    #[test]
    fn counts_edits() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars("relu"), &chars("rleu")), 1);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
    }
}
