namespace Analyzer.Cli.Tests.Delivery;

/// <summary>The guides say what happens: their blocks are run, in order, in an empty folder, and what is printed is what they show.</summary>
public sealed class GuideTests
{
    [Fact]
    public void A_model_that_was_given_is_audited_as_the_guide_says()
    {
        using var workshop = new Workshop();
        Digits(workshop, "mnist-mlp-w100-epoch10.onnx", train: 1_500, test: 500);
        // What others hand over says nothing of how it was prepared.
        File.Delete(workshop["data/dataset.yaml"]);
        workshop.Follow(Blocks("audit"));
    }

    [Fact]
    public void A_training_is_followed_by_export_audit_and_gates_as_the_guide_says()
    {
        Workshop.NeedsPython("torch", "numpy", "sklearn");
        using var workshop = new Workshop();
        workshop.Follow(Blocks("training"));
        Assert.Equal(Guide.Named("workflow").Text, File.ReadAllText(workshop[".github/workflows/analyzer.yml"]));
    }

    [Theory]
    [InlineData("pandas, through JSON", "pandas")]
    [InlineData("pandas, from Parquet", "pandas", "pyarrow")]
    [InlineData("Polars", "polars")]
    [InlineData("DuckDB", "")]
    [InlineData("DuckDB", "duckdb")]
    public void A_run_is_read_as_the_guide_says(string section, params string[] modules)
    {
        // What needs no Python is tested where there is none.
        var python = modules is not [""];
        if (python) Workshop.NeedsPython(modules);
        using var workshop = new Workshop();
        Digits(workshop, "mnist-mlp-w040.onnx", train: 600, test: 300);
        var blocks = Blocks("reading");
        workshop.Follow(blocks.Where(b => b == blocks[0] || (b.Section == section && b.Language == "python" == python)));
    }

    [Fact]
    public void Every_block_of_the_guide_on_reading_is_under_a_heading_that_is_tested()
    {
        var cases = typeof(GuideTests).GetMethod(nameof(A_run_is_read_as_the_guide_says))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>();
        Assert.Equal(Blocks("reading").Skip(1).Select(b => b.Section).Distinct(), cases.Select(c => (string)c.Data[0]!).Distinct());
    }

    [Fact]
    public void Guides_are_listed_and_a_pipe_gets_the_markdown_as_it_is()
    {
        Golden.Check("guide", Outcome.Of("guide"));
        Golden.Check("guide-json", Outcome.Of("guide", "--json"));
        Golden.Check("guide-unknown", Outcome.Of("guide", "trainin"));
        foreach (var guide in Guide.All)
            Assert.Equal(new(0, File.ReadAllText(Path.Combine(Repository.Root, "src", "Analyzer.Cli", "Guides", guide.File)), ""), Outcome.Of("guide", guide.Name));
    }

    [Fact]
    public void A_terminal_gets_bold_headings_and_indented_code()
    {
        const string guide = """
            # Title of it

            Words with `code in it`, **weight**, *slant* and [a link](there), long enough that the line is wrapped.

            - **point** one, which is long enough to be wrapped and indented on its second line.

            ```bash
            analyzer # **as it is**
            ```
            """;
        Assert.Equal("""
            <Title of it>

            Words with {code in it}, <weight>, slant and
            a link (there), long enough that the
            line is wrapped.

            - <point> one, which is long enough to be
              wrapped and indented on its second
              line.

                analyzer # **as it is**

            """, GuideText.Render(guide, 40, new(bold => $"<{bold}>", code => $"{{{code}}}")), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void The_readme_links_every_guide()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.All(Guide.All, guide => Assert.Contains($"(src/Analyzer.Cli/Guides/{guide.File})", readme, StringComparison.Ordinal));
    }

    internal static IReadOnlyList<GuideBlock> Blocks(string guide) => GuideBlock.Of(Guide.Named(guide).Text);

    /// <summary>What the reader of a guide has: a network of ours that reads digits, and some of MNIST.</summary>
    internal static void Digits(Workshop workshop, string model, int train, int test)
    {
        File.Copy(Repository.Model(model), workshop["model.onnx"]);
        SmallData.Write(workshop["data"], train, test);
    }
}
