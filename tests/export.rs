//! Conversations written for reading elsewhere.

mod support;

use serde_json::{Value, json};
use support::records::{answer, at, call, lines, prompt, result};
use support::sandbox::Sandbox;

/// Put together here, so that nobody takes it for a real one.
fn secret() -> String {
    ["sk-", "ant-", "api03-AbCdEfGhIjKlMnOpQrStUv"].concat()
}

fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let records = [
        &at(prompt("ada", "p", "Use <b>this</b>, please."), 1),
        &at(
            answer(
                "ada",
                "a",
                "I **will**.\n\n![x](https://tracker.example/x.png)",
            ),
            2,
        ),
        &at(
            call(
                "ada",
                "c",
                "t",
                "Bash",
                json!({"command": format!("export KEY={}", secret())}),
            ),
            3,
        ),
        &at(
            result(
                "ada",
                "r",
                "t",
                "\u{1b}[31mdone\u{1b}[0m <script>alert(1)</script>",
            ),
            4,
        ),
    ];
    sandbox.write("garden/ada.jsonl", lines(records));
    sandbox.sync();
    sandbox
}

#[test]
fn a_page_needs_nothing_else_and_does_nothing() {
    let sandbox = home();
    let answer = sandbox
        .run(&["export", "ada", "--format", "html"])
        .assert_code(0);
    let page = &answer.out;
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("Use &lt;b&gt;this&lt;/b&gt;") && page.contains("<strong>will</strong>"));
    for harm in [
        "<script",
        "<link",
        "<iframe",
        "src=\"http",
        "url(",
        "@import",
        " onload",
        "\u{1b}",
    ] {
        assert!(!page.contains(harm), "{harm}");
    }
    assert!(page.contains("Remote image, not loaded"));
}

#[test]
fn markdown_says_what_was_said_and_json_has_all_of_it() {
    let sandbox = home();
    let markdown = sandbox
        .run(&["export", "ada", "--format", "md"])
        .assert_code(0)
        .out;
    for part in [
        "## You",
        "Use &lt;b>this&lt;/b>, please.",
        "I **will**.",
        "\n\\![x](https://tracker.example/x.png)",
        "**Bash**",
        "done <script>",
    ] {
        assert!(markdown.contains(part), "{part} is not in {markdown}");
    }
    let json: Value = sandbox
        .run(&["export", "ada", "--format", "json"])
        .assert_code(0)
        .json();
    assert_eq!(json["session"]["id"], "ada");
    let turns = json["turns"].as_array().expect("turns");
    assert_eq!(turns.len(), 3, "an answer stands with its call");
    assert_eq!(turns[2]["answers"][0]["tool_results"][0]["error"], false);
    assert_eq!(json["secrets_masked"], 1);
}

#[test]
fn orders_to_a_terminal_leave_no_litter() {
    let sandbox = home();
    for arguments in [
        &["show", "ada"][..],
        &["search", "done"],
        &["export", "ada", "--format", "md"],
    ] {
        let out = sandbox.run(arguments).assert_code(0).out;
        assert!(out.contains("done <script>"), "{arguments:?}: {out}");
        assert!(!out.contains("[31m") && !out.contains("[0m"), "{out}");
    }
}

#[test]
fn secrets_are_masked_unless_they_are_asked_for_and_never_in_the_original() {
    let sandbox = home();
    for format in ["md", "html", "json"] {
        let masked = sandbox
            .run(&["export", "ada", "--format", format])
            .assert_code(0);
        assert!(!masked.out.contains(&secret()), "{format}");
        assert!(
            masked
                .err
                .contains("Masked 1 likely secret (rules: gitleaks ")
                && masked.err.contains("text in pictures are not seen"),
            "{}",
            masked.err
        );
        let shown = sandbox
            .run(&["export", "ada", "--format", format, "--show-secrets"])
            .assert_code(0);
        assert!(
            shown.out.contains(&secret()) && !shown.err.contains("Masked"),
            "{format}"
        );
    }
    let original = sandbox.run(&["export", "ada"]).assert_code(0);
    assert!(
        original.out.contains(&secret()) && original.err.contains("original"),
        "{}",
        original.err
    );
    assert_eq!(original.out.as_bytes(), sandbox.content("garden/ada.jsonl"));
}

#[test]
fn half_a_conversation_is_not_taken_for_a_whole_one() {
    let sandbox = home();
    let path = sandbox.home().join("nobody.md");
    let name = path.to_str().expect("UTF-8");
    sandbox
        .run(&["export", "nobody", "--format", "md", "-o", name])
        .assert_code(1);
    assert!(!path.exists());
}

#[test]
fn a_title_and_a_later_line_of_an_argument_hide_no_secret() {
    let sandbox = Sandbox::new();
    let line = "MIIEowIBAAKCAQEA7bq3vTgB2x9Kq".repeat(5);
    let pem = ["-----BEGIN PRIVATE", " KEY-----"].concat();
    let key = ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"].concat();
    for (id, said) in [
        ("ada", format!("Use {key} for it")),
        ("bob", format!("{} {key}", "y".repeat(185))),
        ("eve", format!("Use {pem}\n{line}\nfor it")),
    ] {
        let command = json!({"command": format!("echo\n{key}\necho")});
        let records = [
            &at(prompt(id, &format!("{id}-p"), &said), 1),
            &at(call(id, &format!("{id}-c"), "t", "Bash", command), 2),
        ];
        sandbox.write(&format!("garden/{id}.jsonl"), lines(records));
    }
    sandbox.sync();
    for (id, format) in ["ada", "bob", "eve"]
        .iter()
        .flat_map(|id| ["md", "html", "json"].map(|format| (id, format)))
    {
        let out = sandbox
            .run(&["export", id, "--format", format])
            .assert_code(0)
            .out;
        assert!(!out.contains(&key[..10]), "{id} {format}: {out}");
        assert!(!out.contains(&line[..20]), "{id} {format}: {out}");
        assert!(out.contains("[secret masked]"), "{id} {format}");
    }
}

/// What the file holds and we do not yet is not in it, and that is said.
#[test]
fn an_export_of_what_is_not_all_saved_says_so() {
    let sandbox = home();
    let export = |format: &str, file: &str| {
        let file = sandbox.home().join(file);
        let file = file.to_str().expect("a name");
        sandbox
            .run(&["export", "ada", "--format", format, "-o", file])
            .assert_code(0)
    };
    let whole = export("jsonl", "whole");
    assert!(!whole.err.contains("not saved yet"), "{whole:?}");
    let more = lines([&at(prompt("ada", "late", "And this?"), 900)]);
    sandbox.append("garden/ada.jsonl", &more);
    for format in ["jsonl", "md", "html", "json"] {
        let answer = export(format, format);
        assert!(answer.err.contains("Not in it"), "{answer:?}");
        assert!(
            answer.err.contains("ada.jsonl, which are not saved yet"),
            "{answer:?}"
        );
    }
    sandbox.sync();
    let after = export("jsonl", "after");
    assert!(!after.err.contains("not saved yet"), "{after:?}");
}
