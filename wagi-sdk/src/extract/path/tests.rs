use std::collections::HashMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Path, PathRejection};
use crate::Router;
use crate::testing::Request;

/// Refuses by itself what is text enough for serde.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Id;

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "7" {
            Ok(Self)
        } else {
            Err("not an id")
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "(u8, u8)")]
struct Range;

impl TryFrom<(u8, u8)> for Range {
    type Error = &'static str;

    fn try_from((from, to): (u8, u8)) -> Result<Self, Self::Error> {
        if from <= to {
            Ok(Self)
        } else {
            Err("it ends before it begins")
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Named {
    id: Id,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Wrapped(Id);

#[derive(Deserialize)]
#[serde(try_from = "HashMap<String, u8>")]
struct Sum;

impl TryFrom<HashMap<String, u8>> for Sum {
    type Error = &'static str;

    fn try_from(numbers: HashMap<String, u8>) -> Result<Self, Self::Error> {
        let sum: u32 = numbers.into_values().map(u32::from).sum();
        if sum == 10 {
            Ok(Self)
        } else {
            Err("they do not make ten")
        }
    }
}

fn ask<T: DeserializeOwned + 'static>(pattern: &'static str, path: &str) -> String {
    let handler = |parameters: Result<Path<T>, PathRejection>| match parameters {
        Ok(_) => "fine".to_owned(),
        Err(rejection) => {
            let text = rejection.to_string();
            let (_, what) = text.split_once("expected here").unwrap_or(("", &text));
            let (_, what) = what.split_once("takes: ").unwrap_or(("", what));
            format!("{}{what}", rejection.status().as_u16())
        }
    };
    Request::get(path)
        .send(Router::new().get(pattern, handler))
        .text()
        .into_owned()
}

#[test]
fn a_type_that_refuses_by_itself_is_the_clients_fault() {
    assert_eq!(ask::<Id>("/{id}", "/7"), "fine");
    assert_eq!(ask::<Id>("/{id}", "/x"), "400. `id`: not an id");
    assert_eq!(ask::<Wrapped>("/{id}", "/x"), "400. `id`: not an id");
    assert_eq!(ask::<Id>("/{*rest}", "/x/y"), "400. `rest`: not an id");
    assert_eq!(ask::<(Id, u32)>("/{id}/{n}", "/7/1"), "fine");
    assert_eq!(
        ask::<(Id, u32)>("/{id}/{n}", "/x/1"),
        "400. `id`: not an id"
    );
    assert_eq!(
        ask::<(u32, Wrapped)>("/{n}/{id}", "/1/x"),
        "400. `id`: not an id"
    );
    assert_eq!(ask::<Vec<Id>>("/{a}/{b}", "/7/x"), "400. `b`: not an id");
    assert_eq!(ask::<Named>("/{id}", "/x"), "400. `id`: not an id");
    assert_eq!(
        ask::<HashMap<String, Id>>("/{a}/{b}", "/x/7"),
        "400. `a`: not an id"
    );
    assert!(ask::<IpAddr>("/{ip}", "/x").starts_with("400. `ip`: "));
    assert!(ask::<char>("/{letter}", "/ab").starts_with("400. `letter`: "));
}

#[test]
fn of_parameters_that_do_not_go_together_none_is_named() {
    assert_eq!(ask::<Range>("/{from}/{to}", "/1/3"), "fine");
    assert_eq!(
        ask::<Range>("/{from}/{to}", "/3/1"),
        "400: it ends before it begins"
    );
    assert!(ask::<Range>("/{from}/{to}", "/1/x").starts_with("400. `to`: "));
    assert_eq!(ask::<Sum>("/{a}/{b}", "/3/7"), "fine");
    assert_eq!(ask::<Sum>("/{a}/{b}", "/3/8"), "400: they do not make ten");
    assert_eq!(ask::<Sum>("/{a}", "/3"), "400. `a`: they do not make ten");
}

#[test]
fn what_no_request_could_mend_is_the_authors_fault() {
    assert_eq!(
        ask::<Id>("/{a}/{b}", "/7/7"),
        "500the pattern has 2, the handler takes one"
    );
    assert_eq!(
        ask::<Id>("/x", "/x"),
        "500the pattern has 0, the handler takes one"
    );
    assert_eq!(
        ask::<Range>("/{a}", "/7"),
        "500the pattern has 1, the handler takes 2"
    );
    assert_eq!(
        ask::<Named>("/{other}", "/7"),
        "500`other`: there is no such field"
    );
    assert_eq!(
        ask::<Named>("/{id}/{other}", "/7/7"),
        "500`other`: there is no such field"
    );
    assert_eq!(ask::<Named>("/x", "/x"), "500`id`: it is missing");
    assert!(ask::<HashMap<u8, u8>>("/{id}", "/7").starts_with("500"));
    assert!(ask::<Option<u8>>("/{id}", "/7").starts_with("500"));
    assert!(ask::<()>("/{id}", "/7").starts_with("500"));
}
