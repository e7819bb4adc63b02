using System.Net;
using System.Text.RegularExpressions;
using Analyzer.Serving;

namespace Analyzer.Tests.Serving;

/// <summary>Who is let in, what a browser is told, and what stands on the pages of two runs with hostile names.</summary>
public sealed partial class ReportServerTests(ServedFixture served) : IClassFixture<ServedFixture>
{
    private static readonly string[] Pages =
    [
        "/", "/run/0", "/run/1", "/run/0/layers", "/run/0/layers/t0000", "/run/0/layers/t0001?sort=active", "/run/0/layers/t0000/units/3", "/run/0/samples", "/run/0/samples?answer=wrong&sort=loss",
        "/run/0/samples/7", "/run/0/findings", "/run/0/findings?verdict=pass&tap=t0000", "/run/0/query", "/run/0/query?sql=SELECT%20*%20FROM%20samples", "/compare", "/compare?a=0&b=1",
    ];

    public static TheoryData<string> EveryPage => [.. Pages];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_the_link_nothing_is_shown()
    {
        using var stranger = Stranger();
        foreach (var address in Pages.Append("/echarts.js").Append("/?token=").Append("/?token=0123").Append("/nothing"))
        {
            using var response = await stranger.GetAsync(address, Cancellation);
            Assert.Equal((HttpStatusCode.Forbidden, "This page needs the link that `analyzer serve` printed: open that one first, it has the token.\n"), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
        }
    }

    [Fact]
    public async Task The_link_gives_a_cookie_and_leads_to_an_address_without_the_token()
    {
        using var stranger = Stranger();
        using var response = await stranger.GetAsync(served.Server.Url, Cancellation);
        Assert.Equal((HttpStatusCode.Redirect, "/"), (response.StatusCode, response.Headers.Location!.OriginalString));
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^analyzer-[0-9]+=[0-9a-f]{64}; path=/; samesite=strict; httponly$", cookie);
        using var deep = await stranger.GetAsync(served.Server.Url.Replace("/?", "//elsewhere.example/?a=1&", StringComparison.Ordinal), Cancellation);
        Assert.Equal("/elsewhere.example/?a=1", deep.Headers.Location!.OriginalString);
        await using var other = await served.Start(served.A);
        Assert.NotEqual(Token(served.Server), Token(other));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("localhost.evil.example:PORT")]
    public async Task A_name_that_is_not_the_server_s_is_refused_even_with_the_token(string host)
    {
        using var stranger = Stranger();
        using var request = new HttpRequestMessage(HttpMethod.Get, served.Server.Url) { Headers = { Host = host.Replace("PORT", Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal) } };
        using var response = await stranger.SendAsync(request, Cancellation);
        Assert.Equal((HttpStatusCode.Forbidden, "This server answers to 127.0.0.1 and localhost only.\n"), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Nothing_but_looking_is_possible(string method)
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        using var response = await visitor.SendAsync(new(new(method), "/run/0/query?sql=SELECT%201"), Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public void It_listens_on_this_machine_alone()
    {
        var listening = System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(l => l.Port == Port).ToArray();
        Assert.Contains(listening, l => l.Address.Equals(IPAddress.Loopback));
        Assert.All(listening, l => Assert.True(IPAddress.IsLoopback(l.Address), l.ToString()));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        var refused = await Assert.ThrowsAsync<AnalyzerException>(() => served.Start(new ServeOptions { Port = Port }, served.A));
        Assert.StartsWith($"port {Port} of 127.0.0.1 cannot be had: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryPage))]
    public async Task A_page_allows_nothing_from_elsewhere_and_shows_names_as_text(string address)
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        using var response = await visitor.GetAsync(address, Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, html);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-referrer"], response.Headers.GetValues("Referrer-Policy"));
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img/", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\son\w+=""", html);
        Assert.DoesNotContain("\u202e", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        // The report has each tap's whole name, once, among what was looked at.
        if (!WholeReport().IsMatch(address)) Assert.DoesNotContain(new string('w', 1_000), Embedded().Replace(html, ""), StringComparison.Ordinal);
        // What an assistive program steers by: one heading of the page, a main part, no table without headers, no field without a label.
        Assert.Equal((1, 1), (Regex.Count(html, "<h1[ >]"), Regex.Count(html, "<main[ >]")));
        Assert.Equal(Regex.Count(html, "<table"), Regex.Count(html, @"<thead><tr><th scope=""col"""));
        Assert.All(Fields().Matches(html), field => Assert.True(Labelled(html, field), field.Value));
        Assert.Empty(served.Said);
    }

    [Fact]
    public async Task Every_link_on_the_pages_leads_somewhere()
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        var seen = new HashSet<string> { "/" };
        var todo = new Queue<string>(seen);
        while (todo.TryDequeue(out var address) && seen.Count < 250)
        {
            using var response = await visitor.GetAsync(address, Cancellation);
            var html = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.OK, address);
            foreach (var link in Links().Matches(html).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value).Split('#')[0]).Where(l => l.StartsWith('/') && seen.Add(l))) todo.Enqueue(link);
            foreach (var anchor in Regex.Matches(html, "href=\"#([^\"]+)\"").Select(m => m.Groups[1].Value)) Assert.Contains($"id=\"{anchor}\"", html, StringComparison.Ordinal);
        }
        foreach (var kind in new[] { "/layers/t", "/units/", "/samples/", "/query?sql=", "/compare" }) Assert.Contains(seen, l => l.Contains(kind, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/nothing", "There is no page at this address.")]
    [InlineData("/file.txt", "There is no page at this address.")]
    [InlineData("/run/2", "There is no run of this number: 2 are served, from 0.")]
    [InlineData("/run/-1", "There is no run of this number: 2 are served, from 0.")]
    [InlineData("/run/0/layers/t9999", "The run has no tap of this id.")]
    [InlineData("/run/0/layers/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "The run has no tap of this id.")]
    [InlineData("/run/0/layers/t0000/units/20", "The layer t0000 has 20 units, from 0.")]
    [InlineData("/run/0/layers/t0000/units/x", "There is no unit of this number.")]
    [InlineData("/run/0/samples/240", "The run has 240 samples, from 0.")]
    [InlineData("/run/0/samples/1%20OR%201", "There is no sample of this number.")]
    [InlineData("/compare?a=0&b=7", "There is no run of this number: 2 are served, from 0.")]
    public async Task What_is_not_there_is_said_in_a_sentence(string address, string sentence)
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        using var response = await visitor.GetAsync(address, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains($">{sentence}<", WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);
        Assert.Empty(served.Said);
    }

    [Fact]
    public async Task Numbers_on_the_pages_are_those_of_the_run()
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        using var run = Analyzer.Runs.Run.Open(served.A);
        var split = run.Samples()[0];
        var tap = run.Manifest.Taps.Single(t => t.IsMean);
        var values = run.ReadValues(tap, split);
        var unit = Enumerable.Range(0, ServedFixture.Samples).Select(i => (double)values.Row(i)[3]).ToArray();
        var html = WebUtility.HtmlDecode(await visitor.GetStringAsync($"/run/0/layers/{tap.Id}/units/3", Cancellation));
        Assert.Contains($"<dd>{Text(unit.Min())} … {Text(Median(unit))} (median) … {Text(unit.Max())}</dd>", html, StringComparison.Ordinal);
        var top = Enumerable.Range(0, unit.Length).OrderByDescending(i => unit[i]).ThenBy(i => i).Take(12).ToArray();
        Assert.Equal(top, Regex.Matches(html[html.IndexOf("Largest values", StringComparison.Ordinal)..], @"/samples/(\d+)""").Select(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Take(12));
        var layer = WebUtility.HtmlDecode(await visitor.GetStringAsync($"/run/0/layers/{tap.Id}?sort=unit", Cancellation));
        Assert.Contains($"units/3\">3</a></th><td>{Text(unit.Average())}</td><td>{Text(Math.Sqrt(unit.Select(v => Math.Pow(v - unit.Average(), 2)).Average()))}</td>", layer, StringComparison.Ordinal);
        var sample = WebUtility.HtmlDecode(await visitor.GetStringAsync("/run/0/samples/7", Cancellation));
        Assert.Contains($"<dt>label</dt><dd>{split.Labels![7]} ", sample, StringComparison.Ordinal);
        var nearest = Neighbours(run, split, 7);
        Assert.Equal(nearest, Regex.Matches(sample[sample.IndexOf("Nearest activation codes", StringComparison.Ordinal)..], @"/samples/(\d+)"">\d+</a></th><td>(\d+) of").Select(m => (int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), int.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task Findings_are_filtered_without_a_script()
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        var all = Pipeline.Report(served.Copy(served.A, "to-report")).Findings;
        foreach (var (asked, wanted) in new[] { ("", all.Count), ("?analysis=codes", all.Count(f => f.Analysis == "codes")), ("?verdict=warn&text=", all.Count(f => f.Verdict == Reports.Verdict.Warn)), ("?tap=network", all.Count(f => f.Tap is null)), ("?text=%3Cscript", all.Count(f => f.Title.Contains("<script", StringComparison.Ordinal))) })
            Assert.Contains($">{wanted} of {all.Count} findings.<", await visitor.GetStringAsync($"/run/0/findings{asked}", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_runs_are_compared_as_diff_compares_them_and_nothing_is_written()
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        var (a, b) = (ServedFixture.Contents(served.A), ServedFixture.Contents(served.B));
        var html = WebUtility.HtmlDecode(await visitor.GetStringAsync("/compare?a=0&b=1", Cancellation));
        foreach (var sentence in Pipeline.Diff(served.A, served.B, new(), cancellation: Cancellation).Summary) Assert.Contains($"<li>{Reports.Text.Visible(Reports.Text.Short(sentence))}</li>", html, StringComparison.Ordinal);
        Assert.Equal(a, ServedFixture.Contents(served.A));
        Assert.Equal(b, ServedFixture.Contents(served.B));
        Assert.Contains("is given twice", WebUtility.HtmlDecode(await (await visitor.GetAsync("/compare?a=1&b=1", Cancellation)).Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_served_is_as_it_was_to_the_bit_and_verifies()
    {
        var run = served.Copy(served.A, "to-look-at");
        var before = ServedFixture.Contents(run);
        await using (var server = await served.Start(run))
        {
            using var visitor = await ServedFixture.Visitor(server);
            foreach (var page in Pages.Where(p => p.StartsWith("/run/0", StringComparison.Ordinal)))
                using (var response = await visitor.GetAsync(page, Cancellation)) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        Assert.Equal(before, ServedFixture.Contents(run));
        Assert.Equal(0, Pipeline.Verify(run, new() { Quick = true }, cancellation: Cancellation).ExitCode);
    }

    [Fact]
    public async Task A_run_that_is_spoilt_or_goes_while_it_is_served_gives_a_sentence_and_the_others_stay()
    {
        var run = served.Copy(served.A, "to-lose");
        await using var server = await served.Start(run, served.B);
        using var visitor = await ServedFixture.Visitor(server);
        foreach (var part in Directory.EnumerateFiles(Path.Combine(run, "activations"), "*.parquet", SearchOption.AllDirectories)) File.WriteAllText(part, "no Parquet");
        await Refused("/run/0/layers/t0000/units/1", "the query failed");
        File.WriteAllText(Path.Combine(run, "manifest.json"), "{");
        await Refused("/run/0", "is not a manifest");
        Directory.Delete(run, recursive: true);
        foreach (var page in Pages.Where(p => p.StartsWith("/run/0", StringComparison.Ordinal))) await Refused(page, "there is no run");
        Assert.Contains("there is no run", await visitor.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        Assert.Contains("Nearest activation codes", await visitor.GetStringAsync("/run/1/samples/1", Cancellation), StringComparison.Ordinal);
        Assert.Empty(served.Said);

        async Task Refused(string address, string words)
        {
            using var response = await visitor.GetAsync(address, Cancellation);
            var html = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.InternalServerError, address);
            Assert.Contains(words, html, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Many_visitors_at_once_see_the_same()
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        var pages = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => visitor.GetStringAsync(i % 2 == 0 ? "/run/0/layers/t0000/units/2" : "/run/0/samples/5", Cancellation)));
        Assert.Equal(2, pages.Distinct().Count());
    }

    private HttpClient Stranger() => new(new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(served.Server.Url.Split('?')[0]) };

    private int Port => new Uri(served.Server.Url).Port;

    private static string Token(ReportServer server) => server.Url.Split("token=")[1];

    private static string Text(double value) => value.ToString("g4", System.Globalization.CultureInfo.InvariantCulture);

    private static double Median(double[] values) => values.Order().Skip(values.Length / 2 - 1).Take(2).Average();

    private static (int, int)[] Neighbours(Analyzer.Runs.Run run, Analyzer.Runs.SplitSamples split, int sample)
    {
        var codes = run.ReadCodes([.. run.Manifest.Taps.Where(t => t.IsCode)], split);
        int Distance(int other) => Enumerable.Range(0, codes.Bits).Count(bit => codes[sample, bit] != codes[other, bit]);
        return [.. Enumerable.Range(0, split.Count).Where(i => i != sample).Select(i => (i, Distance(i))).OrderBy(n => n.Item2).ThenBy(n => n.i).Take(10)];
    }

    private static bool Labelled(string html, Match field) =>
        field.Value.Contains("id=\"sql\"", StringComparison.Ordinal) ? html.Contains("<label class=\"wide\" for=\"sql\">", StringComparison.Ordinal)
        : html.LastIndexOf("<label", field.Index, StringComparison.Ordinal) > html.LastIndexOf("</label", field.Index, StringComparison.Ordinal);

    [GeneratedRegex("""data-option="[^"]*"|href="[^"]*"|value="[^"]*"|<code>analyzer [^<]*</code>""")] private static partial Regex Embedded();

    [GeneratedRegex("^/run/[0-9]$")] private static partial Regex WholeReport();

    [GeneratedRegex("<(input|select|textarea)[^>]*>")] private static partial Regex Fields();

    [GeneratedRegex("href=\"([^\"]+)\"")] private static partial Regex Links();
}
