-- What wrk is told by bench/wrk.ts: which files to ask for in turn (behind "--"; without any, the one of the address),
-- and to end with a line of JSON. `response` is not defined: it would cost wrk more than the server spends on a request.

init = function(names)
  if #names == 0 then return end
  local requests = {}
  for at, name in ipairs(names) do
    requests[at] = wrk.format("GET", "/" .. name)
  end
  local at = 0
  request = function()
    at = at % #requests + 1
    return requests[at]
  end
end

done = function(summary)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"bytes":%d,"microseconds":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.bytes, summary.duration,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout
  ))
end
