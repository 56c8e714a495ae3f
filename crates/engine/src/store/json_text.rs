//! The words inside JSON text: every string value, without keys and escapes.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Appends every string value of `json`, a line each. Text that is not JSON is appended as it is.
pub fn append_strings(json: &str, out: &mut String) {
    let start = out.len();
    let mut reader = serde_json::Deserializer::from_str(json);
    if Strings(out).deserialize(&mut reader).is_err() {
        out.truncate(start);
        out.push_str(json);
    }
}

struct Strings<'a>(&'a mut String);

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
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Strings(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Strings(self.0))?;
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
        append_strings(json, &mut out);
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
