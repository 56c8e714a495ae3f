//! JSON as a tree that folds, without a script.

use serde_json::Value;

use crate::cut::Extent;
use crate::text;

/// Levels that are drawn.
const DEEPEST: usize = 12;
/// Levels that are open at first.
const OPEN: usize = 2;
/// Values drawn when it is to be short.
const FEW: usize = 120;
/// Values drawn at most.
const MOST: usize = 20_000;
/// Characters of a string when it is to be short.
const SHORT: usize = 600;

/// `value` as HTML, and whether all of it is there.
pub fn html(value: &Value, extent: Extent) -> (String, bool) {
    let (left, longest) = match extent {
        Extent::Short => (FEW, SHORT),
        Extent::Whole => (MOST, usize::MAX),
    };
    let mut tree = Tree {
        out: String::new(),
        left,
        longest,
        is_whole: true,
    };
    tree.out.push_str("<div class=\"tree\">");
    match value {
        Value::Object(members) if !members.is_empty() => {
            tree.members(members.iter().map(|(k, v)| (k.as_str(), v)), 1);
        }
        other => tree.entry("", other, 0),
    }
    tree.out.push_str("</div>");
    (tree.out, tree.is_whole)
}

struct Tree {
    out: String,
    /// Values that may still be drawn.
    left: usize,
    longest: usize,
    is_whole: bool,
}

impl Tree {
    fn members<'v>(&mut self, members: impl Iterator<Item = (&'v str, &'v Value)>, depth: usize) {
        for (name, value) in members {
            if self.left == 0 {
                self.is_whole = false;
                self.out
                    .push_str("<div class=\"leaf cut\">more is not shown</div>");
                return;
            }
            self.left -= 1;
            self.entry(name, value, depth);
        }
    }

    fn entry(&mut self, name: &str, value: &Value, depth: usize) {
        let count = match value {
            Value::Object(members) => Some((members.len(), '{', '}')),
            Value::Array(items) => Some((items.len(), '[', ']')),
            _ => None,
        };
        match count {
            Some((count, open, close)) if count > 0 && depth < DEEPEST => {
                let is_open = if depth < OPEN { " open" } else { "" };
                self.out.push_str(&format!("<details{is_open}><summary>"));
                self.name(name);
                self.out.push_str(&format!(
                    "<span class=\"c\">{open}{count}{close}</span></summary>"
                ));
                match value {
                    Value::Object(members) => {
                        self.members(members.iter().map(|(k, v)| (k.as_str(), v)), depth + 1);
                    }
                    Value::Array(items) => {
                        let names: Vec<String> =
                            (0..items.len()).map(|at| at.to_string()).collect();
                        self.members(names.iter().map(String::as_str).zip(items), depth + 1);
                    }
                    _ => {}
                }
                self.out.push_str("</details>");
            }
            _ => {
                self.out.push_str("<div class=\"leaf\">");
                self.name(name);
                self.leaf(value);
                self.out.push_str("</div>");
            }
        }
    }

    fn name(&mut self, name: &str) {
        if !name.is_empty() {
            self.out.push_str("<span class=\"a\">");
            text::push(&mut self.out, name);
            self.out.push_str("</span> ");
        }
    }

    fn leaf(&mut self, value: &Value) {
        let class = match value {
            Value::String(_) => "s",
            Value::Number(_) => "n",
            Value::Bool(_) | Value::Null => "o",
            Value::Array(_) | Value::Object(_) => "c",
        };
        let words = match value {
            Value::String(words) => words.clone(),
            other => other.to_string(),
        };
        self.out.push_str(&format!("<span class=\"{class}\">"));
        match words.char_indices().nth(self.longest) {
            Some((end, _)) => {
                self.is_whole = false;
                text::push(&mut self.out, &words[..end]);
                self.out.push('…');
            }
            None => text::push(&mut self.out, &words),
        }
        self.out.push_str("</span>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree_folds_and_ends() {
        let (drawn, is_whole) = html(
            &json!({"a": {"b": [1, null, "x<y"]}, "e": []}),
            Extent::Short,
        );
        assert!(
            is_whole && drawn.contains("x&lt;y") && drawn.matches("<details").count() == 2,
            "{drawn}"
        );
        let (drawn, is_whole) = html(&json!((0..1000).collect::<Vec<_>>()), Extent::Short);
        assert!(!is_whole && drawn.matches("leaf").count() < 200);
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert!(html(&deep, Extent::Whole).0.matches("<details").count() <= DEEPEST);
    }
}
