//! Reading an answer from the network, with limits.

use reqwest::Response;

use crate::api_key::ApiKey;
use crate::client::transport_error;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::reply::{Head, Reply};

// An error's body is only read to explain it. Odoo's tracebacks are some kilobytes.
const ERROR_BODY_LIMIT: usize = 1024 * 1024;

enum Ended {
    Complete,
    OverLimit,
    Failed(reqwest::Error),
}

/// Reads a response. Never holds more than `limit` bytes and one network read of it.
pub(crate) async fn read(response: Response, limit: usize, key: &ApiKey) -> Result<Reply, Error> {
    let status = response.status().as_u16();
    let head = Head::new(
        response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))),
    );
    if status != 200 {
        // The status alone decides what to do, so a cut or endless body of an error does not hide it.
        let (body, _) = read_body(response, limit.min(ERROR_BODY_LIMIT)).await;
        return Ok(Reply::from_head(status, head, body));
    }
    let (body, ended) = read_body(response, limit).await;
    match ended {
        Ended::Complete => Ok(Reply::from_head(status, head, body)),
        Ended::OverLimit => Err(Error::new(ErrorKind::ResponseTooLarge)
            .status(status)
            .detail(format!("it is over {limit} bytes"))),
        Ended::Failed(error) => Err(transport_error(error, key).status(status)),
    }
}

async fn read_body(mut response: Response, limit: usize) -> (Vec<u8>, Ended) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if chunk.len() > limit.saturating_sub(body.len()) => {
                return (body, Ended::OverLimit);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body, Ended::Complete),
            Err(error) => return (body, Ended::Failed(error)),
        }
    }
}
