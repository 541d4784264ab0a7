// The programs around the proxy in tests/bench/proxy: the agent behind it, the proxy in Go that it is compared with, and a client
// that opens event streams.
//
//	proxy agent LISTEN             answers message/send with 1 KB, at next to no cost, and message/stream with events
//	proxy reverse LISTEN AGENT     httputil.ReverseProxy that decodes the envelope
//	proxy streams URL COUNT        opens streams, says "open", waits for a line on stdin, then prints how late events are
//	proxy bulk URL MEGABYTES       one stream of that size; prints MB/s
//	proxy answer URL MEGABYTES     one answer of that size; prints MB/s
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

type envelope struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

const every = 5 * time.Second // between the events of a stream

func event(id json.RawMessage, text string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"kind":"status-update","taskId":"t","contextId":"c","final":false,`+
		`"status":{"state":"working","message":{"kind":"message","role":"agent","messageId":"m","parts":[{"kind":"text","text":%q}]}}}}`,
		id, text)
}

var megabyte = strings.Repeat("0123456789abcdef", 1<<16)

// How many megabytes are asked for; 0 = none.
func bulkOf(asked envelope) int {
	_, size, ok := strings.Cut(string(asked.Params), "bulk-")
	if !ok {
		return 0
	}
	megabytes, _ := strconv.Atoi(size[:strings.IndexByte(size, '-')])
	return megabytes
}

func answerBulk(w io.Writer, id json.RawMessage, megabytes int) {
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"},`+
		`"artifacts":[{"artifactId":"a","parts":[{"kind":"text","text":"`, id)
	for i := 0; i < megabytes; i++ {
		if _, err := io.WriteString(w, megabyte); err != nil {
			return
		}
	}
	io.WriteString(w, `"}]}]}}`)
}

func stream(w http.ResponseWriter, r *http.Request, asked envelope) {
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(text string) bool {
		_, err := fmt.Fprintf(w, "data: %s\n\n", event(asked.ID, text))
		w.(http.Flusher).Flush()
		return err == nil
	}
	if megabytes := bulkOf(asked); megabytes > 0 {
		for i := 0; i < megabytes && send(megabyte); i++ {
		}
		return
	}
	send("first")
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case now := <-ticker.C:
			if now = time.Now(); !send("at-" + strconv.FormatInt(now.UnixMicro(), 10) + "-") {
				return
			}
		}
	}
}

// Streams and bulk.
func answerLong(w http.ResponseWriter, r *http.Request) {
	var asked envelope
	body, _ := io.ReadAll(r.Body)
	if json.Unmarshal(body, &asked) != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	if asked.Method == "message/stream" {
		stream(w, r, asked)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answerBulk(w, asked.ID, bulkOf(asked))
}

// Connections on which something long was asked for, with what was read of them.
type longs struct {
	net.Listener
	arrived chan net.Conn
}

func (l longs) Accept() (net.Conn, error) { return <-l.arrived, nil }

type readConn struct {
	net.Conn
	io.Reader
}

func (c readConn) Read(into []byte) (int, error) { return c.Reader.Read(into) }

// Reads one request; its body is the end of what it gives.
func readRequest(from *bufio.Reader, into []byte) (request, body []byte, err error) {
	size := 0
	for request = into[:0]; !bytes.HasSuffix(request, []byte("\r\n\r\n")); {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return nil, nil, err
		}
		if key, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(key, []byte("Content-Length")) {
			size, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
		request = append(request, line...)
	}
	head := len(request)
	request = slices.Grow(request, size)[:head+size]
	_, err = io.ReadFull(from, request[head:])
	return request, request[head:], err
}

func serve(conn net.Conn, answer []byte, arrived chan<- net.Conn) {
	from := bufio.NewReader(conn)
	room := make([]byte, 0, 4096)
	for {
		request, body, err := readRequest(from, room)
		if err != nil {
			conn.Close()
			return
		}
		if bytes.Contains(body, []byte("message/stream")) || bytes.Contains(body, []byte("bulk-")) {
			arrived <- readConn{conn, io.MultiReader(bytes.NewReader(request), from)}
			return
		}
		if _, err := conn.Write(answer); err != nil {
			conn.Close()
			return
		}
	}
}

// The agent shares the machine with what is measured. So a short request gets the same bytes each time, on one thread and without
// garbage: the figures are those of the proxies.
func agent(listen string) {
	runtime.GOMAXPROCS(1)
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"result":{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"},`+
		`"artifacts":[{"artifactId":"a","parts":[{"kind":"text","text":%q}]}]}}`, strings.Repeat("answer ", 120))
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		log.Fatal(err)
	}
	arrived := make(chan net.Conn)
	go func() { log.Fatal(http.Serve(longs{listener, arrived}, http.HandlerFunc(answerLong))) }()
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn, answer, arrived)
	}
}

func reverse(listen, to string) {
	target, err := url.Parse(to)
	if err != nil {
		log.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 10000}
	log.Fatal(http.ListenAndServe(listen, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked envelope
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &asked) != nil || asked.Version != "2.0" || asked.Method == "" {
			http.Error(w, "no request", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	})))
}

func request(method, text string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"%s","params":{"message":{"kind":"message","role":"user",`+
		`"messageId":"m","parts":[{"kind":"text","text":%q}]}}}`, method, text)
}

func open(client *http.Client, to, method, text string) (*http.Response, error) {
	r, err := client.Post(to, "application/json", strings.NewReader(request(method, text)))
	if err == nil && r.StatusCode != 200 {
		err = fmt.Errorf("status %s", r.Status)
	}
	return r, err
}

// How late each event comes, in microseconds.
type delays struct {
	sync.Mutex
	us []int64
}

func (d *delays) read(body io.Reader, opened *sync.WaitGroup) {
	lines := bufio.NewScanner(bufio.NewReaderSize(body, 1024))
	first := true
	for lines.Scan() {
		_, rest, ok := strings.Cut(lines.Text(), `"at-`)
		if ok {
			sent, _ := strconv.ParseInt(rest[:strings.IndexByte(rest, '-')], 10, 64)
			late := time.Now().UnixMicro() - sent
			d.Lock()
			d.us = append(d.us, late)
			d.Unlock()
		}
		if first && strings.HasPrefix(lines.Text(), "data:") {
			first = false
			opened.Done()
		}
	}
}

func streams(to string, count int) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var opened sync.WaitGroup
	var late delays
	opened.Add(count)
	gate := make(chan struct{}, 50)
	for i := 0; i < count; i++ {
		gate <- struct{}{}
		go func() {
			r, err := open(client, to, "message/stream", "stream")
			<-gate
			if err != nil {
				log.Fatal(err)
			}
			late.read(r.Body, &opened)
		}()
	}
	opened.Wait()
	fmt.Println("open")
	late.Lock()
	late.us = nil
	late.Unlock()
	bufio.NewReader(os.Stdin).ReadString('\n')
	late.Lock()
	slices.Sort(late.us)
	if n := len(late.us); n > 0 {
		fmt.Printf("%d %.1f %.1f\n", n, float64(late.us[n/2])/1000, float64(late.us[n*99/100])/1000)
	}
}

func bulk(to, method, megabytes string) {
	begin := time.Now()
	r, err := open(http.DefaultClient, to, method, "bulk-"+megabytes+"-")
	if err != nil {
		log.Fatal(err)
	}
	bytes, err := io.Copy(io.Discard, r.Body)
	want, _ := strconv.ParseInt(megabytes, 10, 64)
	if err != nil || bytes < want<<20 {
		log.Fatal("only ", bytes, " bytes: ", err)
	}
	fmt.Printf("%.1f\n", float64(bytes)/1e6/time.Since(begin).Seconds())
}

func main() {
	arguments := append(os.Args[1:], "", "", "")
	switch arguments[0] {
	case "agent":
		agent(arguments[1])
	case "reverse":
		reverse(arguments[1], arguments[2])
	case "streams":
		count, _ := strconv.Atoi(arguments[2])
		streams(arguments[1], count)
	case "bulk":
		bulk(arguments[1], "message/stream", arguments[2])
	case "answer":
		bulk(arguments[1], "message/send", arguments[2])
	default:
		log.Fatal("usage: see the source")
	}
}
