module sandgate.test/bench/proxy

go 1.24
