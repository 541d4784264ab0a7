-- One A2A message of 310 bytes, over and over; prints requests, errors, and the latency's p50 and p99 in microseconds.
local head = '{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"kind":"message","role":"user","messageId":"m","parts":[{"kind":"text","text":"'
local tail = '"}]}}}'

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = head .. string.rep("x", 310 - #head - #tail) .. tail

function done(summary, latency)
	local errors = summary.errors
	print(string.format("FIGURES %d %d %d %d", summary.requests,
		errors.connect + errors.read + errors.write + errors.timeout + errors.status,
		latency:percentile(50), latency:percentile(99)))
end
