//! The words inside JSON text: every string value, without keys and escapes; or those of some members.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Told of each key and each string of a JSON text, in their order.
pub trait Listener {
    /// The key of a member.
    fn key(&mut self, key: &str);
    /// A string that is a value.
    fn text(&mut self, text: &str);
}

/// Nobody listens.
impl Listener for () {
    fn key(&mut self, _: &str) {}
    fn text(&mut self, _: &str) {}
}

/// Appends every string value of `json` with `between` between them, and tells `listener` of them. Text that is not
/// JSON is appended as it is.
pub fn append_strings(json: &str, between: &str, out: &mut String, listener: &mut dyn Listener) {
    let start = out.len();
    let mut reader = serde_json::Deserializer::from_str(json);
    let strings = Strings {
        out,
        between,
        listener,
    };
    if strings.deserialize(&mut reader).is_err() {
        out.truncate(start);
        out.push_str(json);
    }
}

/// The strings that members of the object `json` are, of those whose key is wanted. Nothing more is kept of it.
pub fn members(json: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let members = Members {
        is_wanted: &is_wanted,
        found: &mut found,
    };
    // What is no object, or ends early, has those that were read.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(members);
    found
}

struct Members<'a> {
    is_wanted: &'a dyn Fn(&str) -> bool,
    found: &'a mut Vec<String>,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_wanted = false;
        while map
            .next_key_seed(Key(&mut |key| is_wanted = (self.is_wanted)(key)))?
            .is_some()
        {
            if !is_wanted {
                map.next_value::<IgnoredAny>()?;
            } else if let Value::String(text) = map.next_value()? {
                self.found.push(text);
            }
        }
        Ok(())
    }
}

struct Strings<'a> {
    out: &'a mut String,
    between: &'a str,
    listener: &'a mut dyn Listener,
}

impl Strings<'_> {
    fn again(&mut self) -> Strings<'_> {
        Strings {
            out: self.out,
            between: self.between,
            listener: self.listener,
        }
    }
}

/// A key, shown to whoever wants to see it.
struct Key<'a>(&'a mut dyn FnMut(&str));

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<(), E> {
        (self.0)(key);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strings<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strings<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if !self.out.is_empty() {
            self.out.push_str(self.between);
        }
        self.out.push_str(text);
        self.listener.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while map
            .next_key_seed(Key(&mut |key| self.listener.key(key)))?
            .is_some()
        {
            map.next_value_seed(self.again())?;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Listener, append_strings, members};

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Listener for Heard {
        fn key(&mut self, key: &str) {
            self.0.push(format!("{key}:"));
        }
        fn text(&mut self, text: &str) {
            self.0.push(text.to_owned());
        }
    }

    fn strings(json: &str) -> String {
        let mut out = String::new();
        append_strings(json, "\n", &mut out, &mut Heard::default());
        out
    }

    #[test]
    fn keys_and_strings_are_told_in_order() {
        let mut heard = Heard::default();
        let json = r#"{"a":"x","b":[1,{"c":"y"}]}"#;
        append_strings(json, " ", &mut String::new(), &mut heard);
        assert_eq!(heard.0, ["a:", "x", "b:", "c:", "y"]);
    }

    #[test]
    fn values_without_keys_and_escapes() {
        assert_eq!(
            strings(r#"{"command":"a\nb","n":1,"list":["c",{"d":"e"}]}"#),
            "a\nb\nc\ne"
        );
    }

    #[test]
    fn text_that_is_not_json_is_kept() {
        assert_eq!(strings("plain {"), "plain {");
    }

    #[test]
    fn members_of_the_object_alone() {
        let of = |json| members(json, |key| key == "path");
        assert_eq!(
            of(r#"{"a":{"path":"deep"},"path":"x\\y","path":["z"],"b":1}"#),
            [r"x\y"]
        );
        assert!(of("[]").is_empty() && of("plain {").is_empty());
        assert_eq!(of(r#"{"path":"a","b"#), ["a"]);
    }
}
