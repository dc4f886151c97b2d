-- Lets wrk print, once it is done, the percentiles that its own output leaves out: microseconds, a line each.
done = function(summary, latency, requests)
  for _, percent in pairs({50, 95, 99}) do
    print(string.format("p%d %d", percent, latency:percentile(percent)))
  end
end
