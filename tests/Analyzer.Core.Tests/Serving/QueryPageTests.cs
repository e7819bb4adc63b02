using System.Diagnostics;
using System.Net;
using Analyzer.Runs;
using Analyzer.Serving;

namespace Analyzer.Tests.Serving;

/// <summary>SQL of strangers reads the run's tables, and nothing else happens.</summary>
public sealed class QueryPageTests(ServedFixture served) : IClassFixture<ServedFixture>
{
    private const string Long = "SELECT count(*) FROM range(1000000000000) a WHERE a.range % 7 = 3";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM read_blob('/proc/self/environ')")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM glob('/etc/*')")]
    [InlineData("SELECT * FROM read_text('RUN/../../data/dataset.yaml')")]
    [InlineData("SELECT * FROM read_text('RUN/manifest.json')")]
    [InlineData("SELECT * FROM read_json('http://127.0.0.1:9/x')")]
    [InlineData("SELECT * FROM parquet_metadata('/etc/passwd')")]
    [InlineData("SELECT getenv('HOME')")]
    [InlineData("COPY (SELECT 1) TO 'RUN/stolen.csv'")]
    [InlineData("COPY (SELECT 1) TO 'RUN/samples.parquet'")]
    [InlineData("SELECT 1); COPY (SELECT 1) TO 'RUN/samples.parquet'; --")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("ATTACH 'RUN/other.db'")]
    [InlineData("ATTACH ':memory:' AS other")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("PRAGMA database_list")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("SET lock_configuration = false")]
    [InlineData("EXPORT DATABASE 'RUN/exported'")]
    [InlineData("CREATE TABLE x AS SELECT 1")]
    [InlineData("DROP VIEW samples")]
    [InlineData("CALL enable_logging(storage = 'file', storage_path = 'RUN/log')")]
    [InlineData("SELECT * FROM enable_logging(storage = 'file', storage_path = 'RUN/log')")]
    [InlineData("SELECT (SELECT count(*) FROM system.main.\"Enable_Logging\"(storage = 'file', storage_path = 'RUN/log'))")]
    [InlineData("DESCRIBE SELECT * FROM enable_logging(storage = 'file', storage_path = 'RUN/log')")]
    [InlineData("WITH x AS (SELECT * FROM enable_profiling(save_location = 'RUN/profile')) SELECT * FROM x")]
    [InlineData("SELECT * FROM arrow_scan(1::POINTER, 1::POINTER, 1::POINTER)")]
    [InlineData("SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))")]
    [InlineData("SELECT * FROM query('SELECT 1')")]
    [InlineData("SELECT * FROM query('COPY (SELECT 1) TO ''RUN/stolen.csv''')")]
    public async Task A_statement_that_reaches_beyond_the_run_is_refused_and_leaves_nothing(string sql)
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        var before = ServedFixture.Contents(served[""]);
        var html = await Ask(visitor, sql.Replace("RUN", served.A.Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Contains("<p role=\"alert\">the query failed: ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", html, StringComparison.Ordinal);
        Assert.Equal(before, ServedFixture.Contents(served[""]));
        Assert.Empty(served.Said);
    }

    [Fact]
    public async Task Rows_of_the_run_are_shown_up_to_the_limit()
    {
        using var visitor = await ServedFixture.Visitor(served.Server);
        Assert.Contains("<td>240</td><td>3</td>", await Ask(visitor, "SELECT count(*), count(DISTINCT label) FROM samples -- all of them"), StringComparison.Ordinal);
        Assert.Contains("<td>2</td>", await Ask(visitor, "SELECT count(*) FROM (SHOW TABLES) WHERE name IN ('samples', 'codes_samples');"), StringComparison.Ordinal);
        Assert.Contains("<small>NULL</small>", await Ask(visitor, "SELECT NULL AS \"<b>\""), StringComparison.Ordinal);
        await using var short_ = await served.Start(new ServeOptions { QueryRows = 5 }, served.A);
        using var other = await ServedFixture.Visitor(short_);
        var html = await Ask(other, "SELECT sample FROM samples ORDER BY sample");
        Assert.Contains("The first 5 rows; there are more.", html, StringComparison.Ordinal);
        Assert.Contains("<td>4</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<td>5</td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_ended_with_a_sentence()
    {
        await using var hasty = await served.Start(new ServeOptions { QuerySeconds = .3 }, served.A);
        using var visitor = await ServedFixture.Visitor(hasty);
        Assert.Contains("The query was ended: it took longer than 0.3 seconds.", await Ask(visitor, Long), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_the_page_ends_its_statement()
    {
        await using var patient = await served.Start(new ServeOptions { QuerySeconds = 3_600 }, served.A);
        using var visitor = await ServedFixture.Visitor(patient);
        using (var leaves = new CancellationTokenSource())
        {
            var asked = visitor.GetAsync(Address(Long), leaves.Token);
            await Until(() => patient.AtWork == 1);
            await leaves.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }
        // The statement would go on for hours.
        await Until(() => patient.AtWork == 0);
        Assert.Contains("<td>240</td>", await Ask(visitor, "SELECT count(*) FROM samples"), StringComparison.Ordinal);
        Assert.Empty(served.Said);
    }

    [Fact]
    public async Task Ending_the_server_ends_what_it_is_doing()
    {
        var server = await served.Start(new ServeOptions { QuerySeconds = 3_600 }, served.A);
        using var visitor = await ServedFixture.Visitor(server);
        var asked = visitor.GetAsync(Address(Long), Cancellation);
        await Until(() => server.AtWork == 1);
        var ending = Stopwatch.StartNew();
        await server.DisposeAsync();
        Assert.True(ending.Elapsed < TimeSpan.FromSeconds(20), $"it took {ending.Elapsed}");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
    }

    [Fact]
    public void A_link_in_a_run_is_no_part_of_it()
    {
        var run = served.Copy(served.A, "with-a-link");
        File.Delete(Path.Combine(run, "samples.parquet"));
        File.CreateSymbolicLink(Path.Combine(run, "samples.parquet"), Path.Combine(served.B, "samples.parquet"));
        Directory.CreateSymbolicLink(Path.Combine(run, "analyses", "elsewhere"), Path.Combine(served.B, "analyses", "codes"));
        using var opened = Run.Open(run);
        using var database = RunDatabase.Open(opened, 1L << 30, Cancellation);
        Assert.DoesNotContain("samples", database.Views);
        Assert.Contains("codes_samples", database.Views);
        Assert.DoesNotContain("elsewhere_samples", database.Views);
        var refused = Assert.Throws<AnalyzerException>(() => database.Ask($"SELECT * FROM read_text('{run}/samples.parquet')", 1));
        Assert.Contains("not to be had here", refused.Message, StringComparison.Ordinal);
        refused = Assert.Throws<AnalyzerException>(() => database.Rows($"SELECT * FROM read_text('{run}/samples.parquet')"));
        Assert.Contains("disabled by configuration", refused.Message, StringComparison.Ordinal);
    }

    private static async Task Until(Func<bool> holds)
    {
        var waiting = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(60), "it does not come to that in a minute");
            await Task.Delay(20, Cancellation);
        }
    }

    private static string Address(string sql) => $"/run/0/query?sql={Uri.EscapeDataString(sql)}";

    private static async Task<string> Ask(HttpClient visitor, string sql)
    {
        using var response = await visitor.GetAsync(Address(sql), Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }
}
