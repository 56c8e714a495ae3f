//! Reading JSON that may differ from what we expect.
//!
//! Derived `Deserialize` refuses a repeated member and a member of the wrong type, and either would
//! cost us the whole record. Here the last member of a name wins, and a value of another type counts
//! as absent. Strings without escapes are borrowed; what nobody asks for is skipped without
//! recursion, however deep it nests.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::silent;
use crate::agents::ParseFault;

/// Reads the object `json` by `interpret`, which borrows from the text it is given.
pub fn read<R>(
    json: &str,
    interpret: impl Fn(&str) -> serde_json::Result<R>,
) -> Result<R, ParseFault> {
    if !json
        .trim_start_matches([' ', '\t', '\r', '\n'])
        .starts_with('{')
    {
        check(json)?;
        return Err(ParseFault::NotAnObject);
    }
    interpret(json).or_else(|_| {
        check(json)?;
        // JSON, and yet refused: only a number too great for any type of ours can do that.
        interpret(&without_huge_numbers(json)).map_err(|error| syntax(json, &error))
    })
}

fn check(json: &str) -> Result<(), ParseFault> {
    serde_json::from_str::<IgnoredAny>(json)
        .map(drop)
        .map_err(|error| syntax(json, &error))
}

/// `serde_json` counts lines and columns, we count bytes.
fn syntax(json: &str, error: &serde_json::Error) -> ParseFault {
    if error.is_eof() {
        return ParseFault::Syntax { at: json.len() };
    }
    let lines_before = error.line().saturating_sub(1);
    let line: usize = json
        .split_inclusive('\n')
        .take(lines_before)
        .map(str::len)
        .sum();
    ParseFault::Syntax {
        at: (line + error.column().saturating_sub(1)).min(json.len()),
    }
}

/// The same JSON with 0 in place of each number beyond the range of `f64`.
fn without_huge_numbers(json: &str) -> String {
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let is_string = from.starts_with('"');
        let (token, after) = from.split_at(if is_string {
            string_len(from)
        } else {
            number_len(from)
        });
        let is_huge = !is_string && token.parse::<f64>().is_ok_and(f64::is_infinite);
        kept.push_str(if is_huge { "0" } else { token });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn number_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
        .unwrap_or(text.len())
}

/// Bytes of the string literal at the start of `text`, its quotes included.
fn string_len(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// What a JSON value of any type is taken for. A type says what it understands; anything else becomes
/// [`Take::from_other`].
pub trait Take<'de>: Default {
    /// A value of a type not understood, but not null.
    fn from_other() -> Self {
        Self::default()
    }

    fn from_bool(_: bool) -> Self {
        Self::from_other()
    }

    fn from_integer(_: i64) -> Self {
        Self::from_other()
    }

    fn from_text(_: Cow<'de, str>) -> Self {
        Self::from_other()
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::from_other())
    }

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::from_other())
    }
}

/// Visits a value of any type as a `T`.
pub struct Taking<T>(pub PhantomData<T>);

impl<'de, T: Take<'de>> Visitor<'de> for Taking<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Ok(T::from_bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::from_integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(i64::try_from(value).map_or_else(|_| T::from_other(), T::from_integer))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::from_other())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        // Without escapes there can be no NUL: JSON forbids the bare character.
        Ok(T::from_text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(Cow::Owned(without_nul(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::from_object(object)
    }
}

/// SQLite's text functions and C strings end at a NUL, so no text of ours holds one.
fn without_nul(text: &str) -> String {
    match memchr::memchr(0, text.as_bytes()) {
        None => text.to_owned(),
        Some(_) => text.replace('\0', "\u{fffd}"),
    }
}

/// Makes a type that can [`Take`] any value something serde reads.
macro_rules! lenient {
    ($type:ty) => {
        impl<'de> serde::de::Deserialize<'de> for $type {
            fn deserialize<D: serde::de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any($crate::agents::claude_code::json::Taking(
                    std::marker::PhantomData,
                ))
            }
        }
    };
}

/// Declares an object by the members we read. `and others` keeps the members it does not name, as a field of
/// that name; `or { .. }` says what values that are no object are taken for.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? { $($key:literal => $field:ident: $type:ty,)* }
        $(and $others:ident)?
        $(or { $($other:item)* })?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub struct $name $(<$life>)? {
            $(pub $field: $type,)*
            $(pub $others: $crate::agents::claude_code::json::Others<'de>,)?
        }

        impl<'de> $crate::agents::claude_code::json::Take<'de> for $name $(<$life>)? {
            fn from_object<A: serde::de::MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
                let mut taken = Self::default();
                while let Some(key) = object.next_key::<$crate::agents::claude_code::json::Key<'de>>()? {
                    match key.as_str() {
                        $($key => taken.$field = object.next_value()?,)*
                        _ => $crate::agents::claude_code::json::object!(
                            @other object, key $(, taken.$others)?
                        ),
                    }
                }
                Ok(taken)
            }

            $($($other)*)?
        }

        $crate::agents::claude_code::json::lenient!($name $(<$life>)?);
    };
    (@other $object:ident, $key:ident) => {{
        $object.next_value::<serde::de::IgnoredAny>()?;
    }};
    (@other $object:ident, $key:ident, $others:expr) => {
        $others.take($key, &mut $object)?
    };
}

pub(super) use {lenient, object};

/// The name of a member.
pub struct Key<'a>(Cow<'a, str>);

impl Key<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(name.to_owned())))
    }
}

/// Members nobody asked for by name, as the JSON written, but for those that say nothing to a person.
#[derive(Debug, Default)]
pub struct Others<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Others<'de> {
    /// The items of a list in a place where we know of none.
    pub fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut others = Vec::new();
        while let Some(value) = list.next_element::<&RawValue>()? {
            others.push((Cow::Borrowed(""), value));
        }
        Ok(Self(others))
    }

    /// Takes the value of the member `key`.
    pub fn take<A: MapAccess<'de>>(
        &mut self,
        key: Key<'de>,
        object: &mut A,
    ) -> Result<(), A::Error> {
        if silent::is_member(key.as_str()) {
            object.next_value::<IgnoredAny>()?;
            return Ok(());
        }
        let value = object.next_value::<&RawValue>()?;
        // No text in `true`, `false` and `null`.
        if !value.get().starts_with(['t', 'f', 'n']) {
            self.0.push((key.0, value));
        }
        Ok(())
    }
}

/// A value that is of no interest here.
#[derive(Debug, Default)]
pub struct Skipped;

impl<'de> Take<'de> for Skipped {}

lenient!(Skipped);

/// A string, if it is one.
#[derive(Debug, Default)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// The string; empty without one.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The string; empty without one.
    pub fn into_text(self) -> Cow<'a, str> {
        self.0.unwrap_or_default()
    }

    /// The string; `None` also for the empty one, which says nothing as an id, a name or a path.
    pub fn filled(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty()).map(Cow::into_owned)
    }
}

impl<'de> Take<'de> for Text<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self(Some(text))
    }
}

lenient!(Text<'de>);

/// Literally `true`.
#[derive(Debug, Default)]
pub struct Flag(pub bool);

impl<'de> Take<'de> for Flag {
    fn from_bool(value: bool) -> Self {
        Self(value)
    }
}

lenient!(Flag);

/// How many. Only integers count, as strings and floats are made up by gateways; a number below
/// zero or beyond what a float holds exactly is nonsense and would spoil every sum.
#[derive(Debug, Default)]
pub struct Count(pub i64);

impl<'de> Take<'de> for Count {
    fn from_integer(value: i64) -> Self {
        Self(if (0..=1 << 53).contains(&value) {
            value
        } else {
            0
        })
    }
}

lenient!(Count);
