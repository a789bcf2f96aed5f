namespace Appliance.EndToEnd.Tests.Oracle;

/// <summary>
/// Debian's nginx as oracle. The expectation of every case is what nginx did and stands in its file; a new case gets it by running these
/// tests once with APPLIANCE_TEST_ORACLE=write.
/// </summary>
public sealed class OracleTests(OracleFixture fixture) : IClassFixture<OracleFixture>
{
    /// <summary>Every file.</summary>
    public static TheoryData<string> Cases => [.. OracleCase.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Case_Ours_IsNginxs(string name)
    {
        var one = OracleCase.Read(name);
        if (OracleFixture.HasNginx)
        {
            var nginx = await fixture.NginxAsync(one);
            if (Environment.GetEnvironmentVariable("APPLIANCE_TEST_ORACLE") == "write")
            {
                OracleCase.Write(name, nginx);
                one = OracleCase.Read(name);
            }

            Text(nginx).ShouldBe(Text(one.Expect), "nginx does not do what the file says");
        }
        else
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install nginx-light.");
        }

        Text(await fixture.OursAsync(one)).ShouldBe(Text(one.Expect));
    }

    private static string Text(OracleSeen? seen) =>
        seen is null
            ? "nothing"
            : $"{seen.Status} {seen.Target ?? seen.Location}\n{string.Join("\n", seen.Headers.OrderBy(line => line.Key, StringComparer.Ordinal).Select(line => $"{line.Key}: {line.Value}"))}";
}
