//! What a handler finds in its environment must not depend on how it is read: fast where it is small, by `std` where not.

use wagi_example_harness::build;

use crate::machine::{Input, Machine, Measured, Request};

type Variables = Vec<(&'static str, String)>;

/// The example `hello` reads the query; the SDK reads the method.
fn run(variables: &[(&'static str, String)]) -> Measured {
    let request = Request {
        variables: variables.to_vec(),
        body: Input::Bytes(Vec::new()),
    };
    Machine::new().run(&build("hello"), request)
}

fn hello(variables: &[(&'static str, String)]) -> String {
    String::from_utf8(run(variables).output).unwrap()
}

/// So many variables of so many bytes, and among them the query.
fn environment(entries: usize, bytes: usize) -> Variables {
    let mut variables = vec![("X", String::new()); entries - 2];
    variables.push(("QUERY_STRING", "name=Ada".to_owned()));
    // `X=` and a NUL each.
    let taken = 3 * (entries - 1) + "QUERY_STRING=name=Ada ".len();
    variables.push(("X", "x".repeat(bytes - taken)));
    variables
}

/// Room in a module for what is read fast, as the SDK has it.
const ENTRIES: usize = 128;
const BYTES: usize = 4096;

#[test]
fn the_fast_way_ends_where_its_room_does() {
    let cost = |entries, bytes| {
        let measured = run(&environment(entries, bytes));
        let page = String::from_utf8(measured.output).unwrap();
        assert!(page.contains("Hello, Ada!"), "{entries} {bytes}: {page}");
        measured.instructions
    };
    let fast = cost(ENTRIES, BYTES);
    // Reading is next to nothing of it; `std` compares, allocates and copies.
    assert!(cost(ENTRIES + 1, BYTES) > fast + 2000);
    assert!(cost(ENTRIES, BYTES + 1) > fast + 2000);
    assert!(cost(ENTRIES, BYTES - 1).abs_diff(fast) < 500);
}

#[test]
fn variables_are_found_wherever_they_are() {
    let ada = ("QUERY_STRING", "name=Ada".to_owned());
    let other = |value: &str| ("X_OTHER", value.to_owned());
    let environments = [
        ("alone", vec![ada.clone()]),
        (
            "the first of two",
            vec![ada.clone(), ("QUERY_STRING", "name=Eve".to_owned())],
        ),
        (
            "behind what looks like it",
            vec![
                other("QUERY_STRING=name=Eve"),
                ("QUERY_STRINX", "name=Eve".to_owned()),
                ("XQUERY_STRING", "name=Eve".to_owned()),
                ("QUERY_STRING_", "name=Eve".to_owned()),
                ("QUERY_STRIN", "G=name=Eve".to_owned()),
                ada.clone(),
            ],
        ),
        (
            "behind one that is too long",
            vec![other(&"x".repeat(5000)), ada.clone()],
        ),
        (
            "before one that is too long",
            vec![ada, other(&"x".repeat(5000))],
        ),
    ];
    for (place, environment) in environments {
        let page = hello(&environment);
        assert!(page.contains("Hello, Ada!"), "{place}: {page}");
    }
}

#[test]
fn no_variables_are_none() {
    assert!(hello(&[]).contains("Hello, stranger!"));
}

#[test]
fn the_method_counts_however_large_the_environment_is() {
    for length in [0, 5000] {
        let other = ("X_OTHER", "x".repeat(length));
        let page = hello(&[other, ("REQUEST_METHOD", "HEAD".to_owned())]);
        assert!(page.ends_with("\n\n"), "{page}");
    }
}
