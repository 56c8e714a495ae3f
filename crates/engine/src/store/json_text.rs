//! The words inside JSON text: every string value, without keys and escapes.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Appends every string value of `json` with `between` between them, and shows the key of each member of each
/// object. Text that is not JSON is appended as it is.
pub fn append_strings(json: &str, between: &str, out: &mut String, mut on_key: impl FnMut(&str)) {
    let start = out.len();
    let mut reader = serde_json::Deserializer::from_str(json);
    let strings = Strings {
        out,
        between,
        on_key: &mut on_key,
    };
    if strings.deserialize(&mut reader).is_err() {
        out.truncate(start);
        out.push_str(json);
    }
}

struct Strings<'a> {
    out: &'a mut String,
    between: &'a str,
    on_key: &'a mut dyn FnMut(&str),
}

impl Strings<'_> {
    fn again(&mut self) -> Strings<'_> {
        Strings {
            out: self.out,
            between: self.between,
            on_key: self.on_key,
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
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Key(self.on_key))?.is_some() {
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
    use super::append_strings;

    fn strings(json: &str) -> String {
        let mut out = String::new();
        append_strings(json, "\n", &mut out, |_| {});
        out
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
}
