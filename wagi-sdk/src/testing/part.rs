//! The fields of a form with files.

/// A field of a test's [multipart form](super::Request::multipart).
///
/// ```
/// use wagi_sdk::{Error, Multipart, testing::{Part, Request}};
///
/// fn names(mut form: Multipart) -> Result<String, Error> {
///     let mut names = String::new();
///     while let Some(field) = form.next_field()? {
///         names += field.name();
///     }
///     Ok(names)
/// }
///
/// let form = [Part::text("a", "x"), Part::file("b", "b.png", "image/png", b"...")];
/// assert_eq!(Request::post("/").multipart(form).send(names).text(), "ab");
/// ```
#[derive(Debug, Clone)]
pub struct Part {
    header: String,
    content: Vec<u8>,
}

impl Part {
    /// What was typed into the form.
    ///
    /// ```
    /// use wagi_sdk::testing::{Part, Request};
    ///
    /// let transcript = Request::post("/").multipart([Part::text("title", "Tea")]).send(|body: String| body);
    /// assert!(transcript.text().contains("Content-Disposition: form-data; name=\"title\"\r\n\r\nTea\r\n"));
    /// ```
    pub fn text(name: impl AsRef<str>, text: impl Into<String>) -> Self {
        Self {
            header: format!(
                "Content-Disposition: form-data; name=\"{}\"",
                escape(name.as_ref())
            ),
            content: text.into().into_bytes(),
        }
    }

    /// A file that was chosen, written as browsers do.
    ///
    /// ```
    /// use wagi_sdk::testing::{Part, Request};
    ///
    /// let file = Part::file("image", "a \"pot\".svg", "image/svg+xml", "<svg/>");
    /// let transcript = Request::post("/").multipart([file]).send(|body: String| body);
    /// assert!(transcript.text().contains(r#"name="image"; filename="a %22pot%22.svg""#));
    /// assert!(transcript.text().contains("Content-Type: image/svg+xml\r\n\r\n<svg/>\r\n"));
    /// ```
    pub fn file(
        name: impl AsRef<str>,
        file_name: impl AsRef<str>,
        content_type: impl AsRef<str>,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let (name, file_name) = (escape(name.as_ref()), escape(file_name.as_ref()));
        let content_type = content_type.as_ref();
        Self {
            header: format!(
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {content_type}"
            ),
            content: content.into(),
        }
    }

    pub(super) fn write(&self, boundary: &str, body: &mut Vec<u8>) {
        body.extend_from_slice(format!("--{boundary}\r\n{}\r\n\r\n", self.header).as_bytes());
        body.extend_from_slice(&self.content);
        body.extend_from_slice(b"\r\n");
    }
}

fn escape(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
