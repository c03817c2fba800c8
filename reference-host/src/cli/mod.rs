//! The command line.

/// Runs the command.
pub fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let host = crate::Host::load(args.next().unwrap_or_default(), crate::Settings::default());
    match host {
        Ok(host) => {
            let running = host
                .serve(std::net::TcpListener::bind("127.0.0.1:0").unwrap())
                .unwrap();
            println!("http://{}", running.local_addr());
            running.wait();
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
