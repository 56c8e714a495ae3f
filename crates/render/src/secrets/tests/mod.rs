//! What is masked, and what is not.

mod corpus;
mod families;
mod properties;
mod rules;

use super::*;

// Put together here, so that nobody takes them for real ones.
fn masked(parts: &[&str]) -> (String, u64) {
    let mut text = parts.concat();
    let count = walk::mask(&mut text);
    (text, count)
}

#[test]
fn known_shapes_are_masked() {
    for parts in [
        ["sk-", "ant-api03-AbCdEfGhIjKlMnOpQrStUv"],
        ["sk-", "proj-AbCdEfGhIjKlMnOpQrStUvWx"],
        ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"],
        ["github_", "pat_11AAAAAAA0AbCdEfGhIjKlMnOpQrStUvWx"],
        ["AKI", "AIOSFODNN7EXAMPLE"],
        ["xox", "b-123456789012-AbCdEfGhIj"],
        ["AIz", "aSyAbCdEfGhIjKlMnOpQrStUvWxYz01234567"],
        [
            "eyJ",
            "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        ],
        [
            "-----BEGIN RSA PRIVATE",
            " KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
        ],
    ] {
        let (text, count) = masked(&["a ", parts[0], parts[1], " b"]);
        assert_eq!(
            (text.as_str(), count),
            ("a [secret masked] b", 1),
            "{}",
            parts[1]
        );
    }
}

#[test]
fn values_that_are_called_a_secret_are_masked_and_code_is_not() {
    for (text, expected) in [
        ("password=hunter2hunter9", "password=[secret masked]"),
        (
            "DB_PASSWORD: \"x9!kQ2mZpL\"",
            "DB_PASSWORD: \"[secret masked]\"",
        ),
        (
            r#"{\"api_key\": \"a8f5f167f44f4964e6c998dee827110c\"}"#,
            r#"{\"api_key\": \"[secret masked]\"}"#,
        ),
        (
            "Authorization: Bearer abcdefgh1234",
            "Authorization: Bearer [secret masked]",
        ),
        (
            "postgres://ada:s3cret@db/x",
            "postgres://ada:[secret masked]@db/x",
        ),
        ("let token = next_token();", "let token = next_token();"),
        ("input_tokens: 18000", "input_tokens: 18000"),
        ("token = std::env::var(x)", "token = std::env::var(x)"),
        (
            "password: ${{ secrets.DB_1 }}",
            "password: ${{ secrets.DB_1 }}",
        ),
        ("the password is required", "the password is required"),
        (
            "commit 3f786850e387550fdab836ed7e6dc881de23001b",
            "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        ),
    ] {
        assert_eq!(masked(&[text]).0, expected);
    }
}

fn assert_masked(text: &str, expected: &str) {
    assert_eq!(masked(&[text]).0, expected);
}

fn assert_left(text: &str) {
    assert_masked(text, text);
}

#[test]
fn keys_at_the_start_of_a_line_of_json_are_masked() {
    for (key, left) in [
        (
            ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"].concat(),
            "",
        ),
        (["AKI", "AIOSFODNN7EXAMPLE"].concat(), ""),
        (["sk-", "proj-AbCdEfGhIjKlMnOpQrStUvWx"].concat(), ""),
        (
            ["eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.dozjgNryP4J3"].concat(),
            "",
        ),
        (["xox", "b-123456789012-AbCdEfGhIj"].concat(), ""),
        (
            "Authorization: Bearer abcdefgh1234".to_owned(),
            "Authorization: Bearer ",
        ),
    ] {
        for space in ["\n", "\t", "\r\n"] {
            let asked = serde_json::json!({"z": 1.50, "a": format!("x{space}{key}{space}y")});
            let wanted =
                serde_json::json!({"z": 1.50, "a": format!("x{space}{left}{MASK}{space}y")});
            assert_masked(&asked.to_string(), &wanted.to_string());
            // JSON in a string of JSON, and what is nearly JSON.
            let outer = serde_json::json!([asked.to_string()]);
            let wanted_outer = serde_json::json!([wanted.to_string()]);
            assert_masked(&outer.to_string(), &wanted_outer.to_string());
            assert_masked(&format!("{asked}\n{asked}"), &format!("{wanted}\n{wanted}"));
        }
    }
}

#[test]
fn json_keeps_its_order_its_numbers_and_its_spaces() {
    assert_masked(
        r#"{ "b": 1.10, "api_key": "abc123def456", "a": ["\u00e9", "password=hunter2x\nnext"] }"#,
        r#"{ "b": 1.10, "api_key": "[secret masked]", "a": ["\u00e9", "password=[secret masked]\nnext"] }"#,
    );
    assert_masked(
        r#"{"Authorization": "Bearer abcdefgh1234", "password": "a \"quoted\" 9", "kind": "token"}"#,
        r#"{"Authorization": "Bearer [secret masked]", "password": "[secret masked]", "kind": "token"}"#,
    );
    assert_left(r#"{"secretName": "my-app-tls-v2", "input_tokens": 18000, "token": "$TOKEN_V2"}"#);
}

#[test]
fn a_private_key_ends_where_it_ends() {
    let line = "MIIEowIBAAKCAQEAx9Kq3vTgB2";
    let begin = ["-----BEGIN RSA PRIVATE", " KEY-----"].concat();
    let end = ["-----END RSA PRIVATE", " KEY-----"].concat();
    assert_left(&format!("grep -r '{begin}' .\nthe rest\nstays"));
    assert_left(&format!("{begin}\n\nThe rest stays."));
    assert_left(&format!(
        "{begin}\ninternationalization\n/usr/local/share/certs"
    ));
    assert_masked(
        &format!("a\n{begin}\n{line}\n{end}\nb"),
        "a\n[secret masked]\nb",
    );
    assert_masked(
        &format!(
            "{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F\n\n{line}\n{line}\nThe rest stays."
        ),
        "[secret masked]\nThe rest stays.",
    );
    assert_masked(
        &format!("  1→{begin}\n  2→{line}\n  3→{line}\n  4→the rest"),
        "  1→[secret masked]\n  4→the rest",
    );
    assert_masked(
        &format!("KEY=\"{begin}\\n{line}\\n{line}\" next"),
        "KEY=\"[secret masked]\" next",
    );
    assert_masked(
        &format!("{{\\\"key\\\": \\\"{begin}\\\\n{line}\\\\n{line}\\\", more"),
        "{\\\"key\\\": \\\"[secret masked]\\\", more",
    );
    // One that is only mentioned takes no other along.
    assert_masked(
        &format!("grep '{begin}' .\nfound:\n{begin}\n{line}\n{end}"),
        &format!("grep '{begin}' .\nfound:\n[secret masked]"),
    );
}

#[test]
fn what_only_looks_like_a_secret_is_left() {
    for text in [
        "pwd: osc7",
        "on config (`pwd: osc7/osc51/osc99` or",
        "integration (pwd: osc7|osc99|osc51), from",
        "PWD=/home/dev1/work/App",
        "OLDPWD=/home/dev1",
        "map TokenUsage:\n   171→",
        "token:\n   171→abcdef",
        "client_secret: env.AUTH0_CLIENT_SECRET",
        "process.env.API_KEY_V2",
        "apiKey: process.env.API_KEY_V2,",
        "API_KEY=process.env.API_KEY_V2",
        "tokenizer: cl100k_base",
        "token_expires_at: 2026-01-27T10:00",
        "secretName: my-app-tls-v2",
        "let token = getToken2(x)",
        "let token = tokens2list[0]",
        "access_token_url=/oauth2/v2/token",
        "passwordStrength: zxcvbn4.4.2",
        "token: $TOKEN_NUMBER_2",
        "token: \"${TOKEN_NUMBER_2}\"",
        "password: \"<your-password-2>\"",
        "match Token::Float64Value",
        "tokens: 45.2k/200k",
        "log(\"password: \" + user2.name + \"!\")",
        "curl -u $USER:$PASS2 https://x",
        "curl -u \"${USER}:${PASS2}\" https://x",
        "postgres://ada:${DB_PASS2}@db/x",
        "curl https://x | docker run -u 1000:1000 x",
        "if not api_key:\\nexamples/lint2/lint.py:191: x",
        "://:four5@ and a://b:💩@c",
    ] {
        assert_left(text);
    }
}

#[test]
fn what_is_called_a_secret_is_masked_in_every_spelling() {
    for (text, expected) in [
        ("password=hunter2x", "password=[secret masked]"),
        ("Uid=sa;Pwd=hunter2x;", "Uid=sa;Pwd=[secret masked];"),
        ("pwd: 'hunter2x'", "pwd: '[secret masked]'"),
        ("OMP_SECRET=s3cr3tAWSkey", "OMP_SECRET=[secret masked]"),
        (
            "\"api_key\": \"abc123def456\"",
            "\"api_key\": \"[secret masked]\"",
        ),
        ("token: 'ghx9Lm2Qp8'", "token: '[secret masked]'"),
        ("password: `hunter2x`", "password: `[secret masked]`"),
        ("DB_PASSWORD=hunter2.Summer", "DB_PASSWORD=[secret masked]"),
        (
            "STRIPE_SECRET_KEY=abc123def456",
            "STRIPE_SECRET_KEY=[secret masked]",
        ),
        ("API_KEY_2=abc123def456", "API_KEY_2=[secret masked]"),
        (
            "token: Bearer abc123def456",
            "token: Bearer [secret masked]",
        ),
        (
            "password=hunter2x\u{1b}[0m",
            "password=[secret masked]\u{1b}[0m",
        ),
        (
            "aws_secret_access_key=/Qx7Lm2KpRt9vWz3NbYc5/ab",
            "aws_secret_access_key=[secret masked]",
        ),
        (
            "password: \"correct horse 9\"",
            "password: \"[secret masked]\"",
        ),
        ("password: 'a8,f5;x(9'", "password: '[secret masked]'"),
        (
            "token: \"see api_key=abc123def456 here\"",
            "token: \"see api_key=[secret masked] here\"",
        ),
        ("redis://:R3disPw77x@host", "redis://:[secret masked]@host"),
        (
            "curl -u ada:pw7x https://x",
            "curl -u ada:[secret masked] https://x",
        ),
        (
            "curl -s \\\n  --user \"ada:two words\" x",
            "curl -s \\\n  --user \"ada:[secret masked]\" x",
        ),
    ] {
        assert_masked(text, expected);
    }
    for (parts, expected) in [
        (["xap", "p-1-A0123456-123456-abcdef0123456789"], MASK),
        (
            [
                "https://hooks.slack",
                ".com/services/T01234567/B01234567/AbCdEfGhIjKlMnOpQrStUvWx",
            ],
            "https://hooks.slack.com/services/[secret masked]",
        ),
        (
            ["\u{1b}[32mgh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"],
            "\u{1b}[32m[secret masked]",
        ),
    ] {
        assert_eq!(masked(&parts).0, expected);
    }
}
