using Appliance.Web.Hosting;

namespace Appliance.Web.Tests.SignIn.Oidc;

public sealed class OidcSettingsTests
{
    private static readonly (string, string)[] _good =
    [
        ("APPLIANCE_OIDC_AUTHORITY", "https://login.example.com/realms/staff"),
        ("APPLIANCE_OIDC_CLIENT_ID", "console"),
        ("APPLIANCE_OIDC_CLIENT_SECRET", "hunter2"),
        ("APPLIANCE_OIDC_ROLE_RULES", "groups:admins=Administrator"),
    ];

    [Fact]
    public void Read_OneProvider_HasItsDefaults()
    {
        var provider = Read(_good).Options!.Oidc.Single();
        (provider.Number, provider.Name, provider.CallbackPath, provider.BackChannelPath).ShouldBe(
            (1, "login.example.com", "/signin-oidc", "/oidc/backchannel-logout")
        );
        provider.Scopes.ShouldBe(["openid", "profile", "email"]);
        provider.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public void Read_NumberedProviders_ComeInOrderWithPathsOfTheirOwn()
    {
        var reading = Read([
            .. _good,
            ("APPLIANCE_OIDC_9_AUTHORITY", "http://127.0.0.1:9000"),
            ("APPLIANCE_OIDC_9_CLIENT_ID", "x"),
            ("APPLIANCE_OIDC_9_ROLE_RULES", "sub:*=Viewer"),
            ("APPLIANCE_OIDC_9_NAME", "Lab"),
        ]);
        reading.Warnings.ShouldBeEmpty();
        var last = reading.Options!.Oidc.Last();
        (last.Number, last.Name, last.CallbackPath, last.BackChannelPath, last.ClientSecret).ShouldBe(
            (9, "Lab", "/signin-oidc-9", "/oidc/backchannel-logout-9", null)
        );
    }

    [Fact]
    public void Read_SeveralProvidersOfOneHost_HaveNamesOfTheirOwn()
    {
        static (string, string)[] Provider(int number, string authority, string client) =>
            [
                ($"APPLIANCE_OIDC_{number}_AUTHORITY", authority),
                ($"APPLIANCE_OIDC_{number}_CLIENT_ID", client),
                ($"APPLIANCE_OIDC_{number}_ROLE_RULES", "sub:*=Viewer"),
            ];
        var reading = Read([
            .. _good,
            .. Provider(2, "https://login.example.com/realms/guests/", "a"),
            .. Provider(3, "http://127.0.0.1:9000", "a"),
            .. Provider(4, "http://127.0.0.1:9001", "a"),
            .. Provider(5, "http://127.0.0.1:9001", "b"),
            .. Provider(6, "https://other.example.com/realms/x", "a"),
        ]);
        reading
            .Options!.Oidc.Select(provider => provider.Name)
            .ShouldBe([
                "login.example.com/realms/staff",
                "login.example.com/realms/guests",
                "127.0.0.1:9000",
                "127.0.0.1 4",
                "127.0.0.1 5",
                "other.example.com",
            ]);
    }

    [Theory]
    [InlineData(
        "APPLIANCE_OIDC_AUTHORITY",
        "http://login.example.com",
        "APPLIANCE_OIDC_AUTHORITY is \"http://login.example.com\"; it takes the issuer's https URL"
    )]
    [InlineData("APPLIANCE_OIDC_AUTHORITY", "login.example.com", "APPLIANCE_OIDC_AUTHORITY is \"login.example.com\"")]
    [InlineData("APPLIANCE_OIDC_AUTHORITY", "https://a:b@login.example.com", "APPLIANCE_OIDC_AUTHORITY is")]
    [InlineData("APPLIANCE_OIDC_AUTHORITY", "", "APPLIANCE_OIDC_AUTHORITY is missing")]
    [InlineData("APPLIANCE_OIDC_CLIENT_ID", "", "APPLIANCE_OIDC_CLIENT_ID is missing")]
    [InlineData(
        "APPLIANCE_OIDC_SCOPES",
        "profile email",
        "APPLIANCE_OIDC_SCOPES is \"profile email\"; it takes scopes with commas or blanks between them, openid among them."
    )]
    [InlineData("APPLIANCE_OIDC_ROLE_RULES", "", "APPLIANCE_OIDC_ROLE_RULES is missing, so that nobody could sign in")]
    [InlineData("APPLIANCE_OIDC_ROLE_RULES", "a:b=Viewer;c", "APPLIANCE_OIDC_ROLE_RULES rule 2, \"c\",")]
    [InlineData("APPLIANCE_OIDC_CLIENT_SECRET_FILE", "/nonexistent", "APPLIANCE_OIDC_CLIENT_SECRET_FILE is \"/nonexistent\"")]
    public void Read_BadValue_SaysWhatToDo(string setting, string value, string expected)
    {
        var problem = Read([.. _good.Where(one => one.Item1 != setting), (setting, value)]).Problems.ShouldHaveSingleItem();
        problem.ShouldStartWith(expected);
        problem.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Read_SecretFile_IsReadWithoutItsLineEnd()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "from the file\n");
        Read([.. _good, ("APPLIANCE_OIDC_CLIENT_SECRET_FILE", file)]).Options!.Oidc.Single().ClientSecret.ShouldBe("from the file");
        File.Delete(file);
    }

    [Fact]
    public void Read_SecretFileThatIsEmpty_IsAProblemAndNoPublicClient()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "\n");
        Read([.. _good, ("APPLIANCE_OIDC_CLIENT_SECRET_FILE", file)])
            .Problems.ShouldHaveSingleItem()
            .ShouldStartWith($"APPLIANCE_OIDC_CLIENT_SECRET_FILE is \"{file}\"; it takes a file that can be read, with the secret in it");
        File.Delete(file);
    }

    [Fact]
    public void Read_SameClientTwice_IsAProblem() =>
        Read([.. _good, .. _good.Select(one => (one.Item1.Replace("OIDC_", "OIDC_2_", StringComparison.Ordinal), one.Item2))])
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("APPLIANCE_OIDC_2_CLIENT_ID is the same client");

    [Theory]
    [InlineData("APPLIANCE_OIDC_AUTORITY", "APPLIANCE_OIDC_AUTHORITY")]
    [InlineData("APPLIANCE_OIDC_2_CLIENTID", "APPLIANCE_OIDC_2_CLIENT_ID")]
    public void Read_UnknownVariable_HasTheNearestName(string name, string nearest) =>
        ApplianceOptions.Read(_ => null, [name]).Warnings.ShouldHaveSingleItem().ShouldContain($"Did you mean {nearest}?");

    [Fact]
    public void Read_TenthProvider_IsNoSetting() =>
        ApplianceOptions.Read(_ => null, ["APPLIANCE_OIDC_10_AUTHORITY"]).Warnings.ShouldHaveSingleItem();

    private static SettingsReading Read(params (string Name, string Value)[] set) =>
        ApplianceOptions.Read(name => set.FirstOrDefault(one => one.Name == name).Value, set.Select(one => one.Name));
}
