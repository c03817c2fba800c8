//! A JSON API over items in a volume. `main.rs` serves it.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wagi_sdk::state::{Counter, replace};
use wagi_sdk::{Error, Gateway, IntoResponse, Json, Path, Query, Response, Router, StatusCode};

/// Where the module's volume is.
const VOLUME: &str = "/data";

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// What one costs, in cents.
    pub price: u32,
    /// What it goes by.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What a client gets.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Its number.
    pub id: u64,
    /// The item.
    #[serde(flatten)]
    pub item: Item,
}

/// The query of the list.
#[derive(Debug, Deserialize)]
struct Filter {
    tag: Option<String>,
    limit: Option<usize>,
}

/// The API, over the module's volume.
pub fn app() -> Router {
    over(VOLUME)
}

/// The API, over any folder.
pub fn over(folder: impl Into<PathBuf>) -> Router {
    let items = Items(folder.into());
    let [list, create, read, update, delete] = [0; 5].map(|_| items.clone());
    Router::new()
        .get("/items", move |Query(filter): Query<Filter>| {
            list.list(&filter)
        })
        .post("/items", move |gateway: Gateway, Json(item): Json<Item>| {
            create.create(&gateway, item)
        })
        .get("/items/{id}", move |Path(id): Path<u64>| {
            read.read(id).map(Json)
        })
        .put(
            "/items/{id}",
            move |Path(id): Path<u64>, Json(item): Json<Item>| update.update(id, item),
        )
        .delete("/items/{id}", move |Path(id): Path<u64>| delete.delete(id))
        .get(
            "/",
            || "GET /items, POST /items, GET, PUT and DELETE /items/{id}\n",
        )
}

/// The items: each is a file, so that no two requests get into each other's way.
#[derive(Clone)]
struct Items(PathBuf);

impl Items {
    fn list(&self, filter: &Filter) -> Result<Json<Vec<Stored>>, Error> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            ids.extend(
                name.to_str()
                    .and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok()),
            );
        }
        ids.sort_unstable();
        let mut items = Vec::new();
        for id in ids {
            if items.len() == filter.limit.unwrap_or(100) {
                break;
            }
            // It may have been deleted since the folder was read.
            let Ok(stored) = self.read(id) else {
                continue;
            };
            if filter
                .tag
                .as_ref()
                .is_none_or(|tag| stored.item.tags.contains(tag))
            {
                items.push(stored);
            }
        }
        Ok(Json(items))
    }

    fn create(&self, gateway: &Gateway, item: Item) -> Result<Response, Error> {
        check(&item)?;
        let id = Counter::at(self.0.join("ids")).next()?;
        let stored = self.write(id, item)?;
        let location = gateway.link(&format!("/items/{id}"));
        Ok((StatusCode::CREATED, [("Location", location)], Json(stored)).into_response())
    }

    fn read(&self, id: u64) -> Result<Stored, Error> {
        let bytes = fs::read(self.file(id)).map_err(missing)?;
        let item = serde_json::from_slice(&bytes)?;
        Ok(Stored { id, item })
    }

    fn update(&self, id: u64, item: Item) -> Result<Json<Stored>, Error> {
        check(&item)?;
        fs::metadata(self.file(id)).map_err(missing)?;
        self.write(id, item).map(Json)
    }

    fn delete(&self, id: u64) -> Result<StatusCode, Error> {
        fs::remove_file(self.file(id)).map_err(missing)?;
        Ok(StatusCode::NO_CONTENT)
    }

    fn write(&self, id: u64, item: Item) -> Result<Stored, Error> {
        replace(self.file(id), serde_json::to_vec(&item)?)?;
        Ok(Stored { id, item })
    }

    fn file(&self, id: u64) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }
}

/// What the types cannot say.
fn check(item: &Item) -> Result<(), Error> {
    let wrong = |message| Err(Error::status(StatusCode::UNPROCESSABLE_ENTITY).public(message));
    if item.name.trim().is_empty() {
        return wrong("`name`: it is empty");
    }
    if item.name.chars().count() > 100 {
        return wrong("`name`: it is longer than 100 characters");
    }
    if item.tags.len() > 10 {
        return wrong("`tags`: there are more than 10");
    }
    Ok(())
}

fn missing(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::status(StatusCode::NOT_FOUND).public("There is no such item.")
        }
        _ => error.into(),
    }
}
