//! What holds for any text.

use proptest::prelude::*;

use super::*;

/// Texts out of pieces that the rules look for, and of anything.
fn text() -> impl Strategy<Value = String> {
    let key = ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"].concat();
    let jwt = [
        "ey",
        "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.dozjgNryP4J3jVmN",
    ]
    .concat();
    let begin = ["-----BEGIN RSA PRIVATE", " KEY-----"].concat();
    let end = ["-----END RSA PRIVATE", " KEY-----"].concat();
    let telegram = ["1234567890:A", "AbCdEfGhIjKlMnOpQrStUvWxYz01234567"].concat();
    let pieces = [
        &key,
        &jwt,
        &begin,
        &end,
        &telegram,
        MASK,
        "[secret",
        " masked]",
        "password",
        "api_key",
        "token",
        "PWD",
        "Authorization",
        "Bearer ",
        "curl -u ada",
        " --user ",
        "https://ada",
        "@host",
        "://",
        ":",
        "=",
        "\"",
        "'",
        "`",
        "\\",
        "\\n",
        "\n",
        " ",
        "…",
        "é",
        "\u{1b}[32m",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\\\"",
        "hunter2hunter9",
        "a8f5f167f44f4964e6c9",
        "MIIEowIBAAKCAQEAx9Kq3vTgB2",
        "sk-",
        "AccountKey",
        "cloudflare",
        "0",
        "abc",
        "\"password\":",
    ]
    .map(str::to_owned);
    let piece = prop_oneof![
        8 => prop::sample::select(pieces.to_vec()),
        1 => "\\PC{0,12}",
        1 => "[A-Za-z0-9_]{8,40}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Whether `after` is `before` with the mask in the place of some parts of it: what stands between the masks stands in
/// `before`, in this order, from its start to its end.
fn keeps_the_rest(before: &str, after: &str) -> bool {
    let parts: Vec<&str> = after.split(MASK).collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return before == after;
    };
    let inner = before
        .strip_prefix(first)
        .and_then(|rest| rest.strip_suffix(last));
    inner.is_some_and(|mut rest| {
        middle.iter().all(|part| {
            rest.find(part).is_some_and(|at| {
                rest = &rest[at + part.len()..];
                true
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn masking_changes_what_it_masks_and_is_done_after_once(before in text()) {
        let mut after = before.clone();
        let count = walk::mask(&mut after);
        // JSON is written anew where it is masked: its escapes may differ.
        let is_json = serde_json::from_str::<serde_json::Value>(&before).is_ok();
        prop_assert!(is_json || keeps_the_rest(&before, &after), "{after:?}");
        prop_assert_eq!(count == 0, before == after);
        let mut again = after.clone();
        prop_assert_eq!(walk::mask(&mut again), 0, "{:?} became {:?}", after, again);
        prop_assert_eq!(again, after);
    }

    #[test]
    fn json_stays_json_of_the_same_shape(texts in prop::collection::vec((text(), text()), 0..4)) {
        let value = serde_json::json!({"all": texts, "password": texts.first().map(|it| &it.0), "n": 1.5});
        let before = value.to_string();
        let mut after = before.clone();
        walk::mask(&mut after);
        let value: serde_json::Value = serde_json::from_str(&after).expect("JSON");
        prop_assert_eq!(value["all"].as_array().map(Vec::len), Some(texts.len()));
        prop_assert_eq!(value["n"].as_f64(), Some(1.5));
        let mut again = after.clone();
        prop_assert_eq!(walk::mask(&mut again), 0, "{} became {}", after, again);
    }

    #[test]
    fn a_title_is_done_after_once(before in text()) {
        let mut after = before.replace('\n', " ");
        title::mask(&mut after);
        let mut again = after.clone();
        prop_assert_eq!(title::mask(&mut again), 0, "{:?} became {:?}", after, again);
    }
}
