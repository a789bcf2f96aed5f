using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

public sealed class LegoLogTests
{
    [Theory]
    [InlineData("https://www.duckdns.org/update?token=s3cret%20%2F%2B&x=1")]
    [InlineData("https://www.duckdns.org/update?token=s3cret+%2F%2B&x=1")]
    [InlineData("the token \"s3cret /+\" is wrong")]
    [InlineData("the token s3cret /+")]
    public void Add_SecretInAnySpelling_IsTakenOut(string line)
    {
        var log = new LegoLog(["s3cret /+", "abc"], "/data/acme/run-1", 1, _ => { });
        log.Add(line);
        log.Lines.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(said => said.ShouldContain("***"), said => said.ShouldNotContain("s3cret"));
    }

    [Fact]
    public void Add_PartOfALongerSecret_LeavesNoRest()
    {
        var log = new LegoLog(["secret", "secret-and-more"], "/data", 1, _ => { });
        log.Add("it is secret-and-more");
        log.Lines.ShouldBe(["it is ***"]);
    }

    [Fact]
    public void Add_MoreAndLonger_KeepsTheLast()
    {
        var log = new LegoLog([], "/data/acme/run-1", 1, _ => { });
        for (var at = 0; at < 1000; at++)
            log.Add($"line {at}");
        log.Add(new string('x', 10_000));
        log.Add("Saved key to /data/acme/run-1/accounts/x.key");
        log.Lines.Length.ShouldBe(300);
        log.Lines[^2].Length.ShouldBeLessThan(2100);
        log.Lines[^1].ShouldBe("Saved key to /accounts/x.key");
    }

    [Fact]
    public void Add_AdviceAboutAFolder_IsLeftOut()
    {
        var log = new LegoLog([], "/data", 1, _ => { });
        foreach (
            var line in new[]
            {
                "2026/11/26 00:06:39 [INFO] one",
                "!!!! HEADS UP !!!!",
                "",
                "Your account credentials have been saved",
                "2026/11/26 00:06:40 Could not obtain certificates:",
                "\terror: it failed",
            }
        )
            log.Add(line);
        log.Lines.ShouldBe(["2026/11/26 00:06:39 [INFO] one", "2026/11/26 00:06:40 Could not obtain certificates:", "\terror: it failed"]);
    }

    [Fact]
    public void Add_LinesOfARun_TellHowFarItIs()
    {
        var steps = new List<AcmeStep>();
        var log = new LegoLog([], "/data", 2, steps.Add);
        foreach (
            var line in new[]
            {
                "2026/11/26 00:06:39 [INFO] acme: Registering account for me@example.com",
                "2026/11/26 00:06:39 [INFO] [a.example.com, b.example.com] acme: Obtaining bundled SAN certificate given a CSR",
                "2026/11/26 00:06:39 [INFO] [b.example.com] acme: use http-01 solver",
                "2026/11/26 00:06:39 [INFO] [b.example.com] acme: Trying to solve HTTP-01",
                "2026/11/26 00:06:45 [INFO] [b.example.com] The server validated our request",
                "2026/11/26 00:06:45 [INFO] [a.example.com] acme: authorization already valid; skipping challenge",
                "2026/11/26 00:06:52 [INFO] [a.example.com, b.example.com] acme: Validations succeeded; requesting certificates",
            }
        )
            log.Add(line);
        steps
            .Select(step => step.Words)
            .ShouldBe([
                "Opening an account at the authority",
                "Placing the order",
                "Waiting for the authority to check b.example.com",
                "The authority has checked b.example.com (1 of 2)",
                "The authority has checked a.example.com (2 of 2)",
                "Every name is checked; waiting for the certificate",
            ]);
    }
}
