//! Patterns for paths: `*` stands for any characters, `?` for one. Case does not matter.

/// Whether a path is meant: a pattern describes all of it or what follows a slash; without stars, any part will do.
pub fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (
        pattern.to_lowercase(),
        path.to_lowercase().replace('\\', "/"),
    );
    if !pattern.contains(['*', '?']) {
        return path.contains(&pattern);
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let path: Vec<char> = path.chars().collect();
    let after_slashes = path
        .iter()
        .enumerate()
        .filter(|(_, c)| **c == '/')
        .map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(after_slashes)
        .any(|start| whole(&pattern, &path[start..]))
}

fn whole(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go back to: after the last star, and the text it may swallow one more of.
    let mut star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((after, swallowed)) => {
                    star = Some((after, swallowed + 1));
                    (at, from) = (after, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_and_parts() {
        assert!(matches("src/*.rs", "/home/mia/kite/src/queue.rs"));
        assert!(matches("SRC/*.rs", "src/deep/queue.rs"));
        assert!(!matches("src/*.rs", "/home/mia/kite/src/queue.rst"));
        assert!(matches("queue", "/x/src/queue.rs"));
        assert!(matches("*", "") && matches("q?eue.rs", "C:\\x\\queue.rs"));
        assert!(!matches("a*b*c", "ab") && matches("a*b*c", "aXbXbc"));
    }
}
