using Appliance.Data.Notices;
using Appliance.Web.Forms;
using Appliance.Web.Notices;

namespace Appliance.Web.Tests.Notices;

public sealed class ChannelRulesTests
{
    [Theory]
    [InlineData("https://example.com/hook", true)]
    [InlineData("http://10.0.0.1:8080/", true)]
    [InlineData("ftp://example.com", false)]
    [InlineData("https://user:password@example.com/", false)]
    [InlineData("/hook", false)]
    [InlineData("", false)]
    public void Webhook_Address_IsChecked(string url, bool isGood) => (Faults(new() { Name = "a", Url = url }) == "").ShouldBe(isGood);

    [Theory]
    [InlineData("https://ntfy.sh/topic", true)]
    [InlineData("https://ntfy.sh/", false)]
    [InlineData("https://ntfy.sh/topic?auth=x", false)]
    public void Ntfy_Topic_IsChecked(string url, bool isGood) =>
        (
            Faults(
                new()
                {
                    Name = "a",
                    Kind = "Ntfy",
                    Url = url,
                }
            ) == ""
        ).ShouldBe(isGood);

    [Theory]
    [InlineData("", "name")]
    [InlineData("a\nb", "name")]
    public void Name_IsChecked(string name, string fault) => Faults(new() { Name = name, Url = "https://a.example" }).ShouldBe(fault);

    [Fact]
    public void Mail_Addresses_AreChecked()
    {
        Faults(Mail()).ShouldBe("");
        Faults(Mail(to: "ops@example.com\nBcc: eve@example.com")).ShouldBe("to");
        Faults(Mail(to: "")).ShouldBe("to");
        Faults(Mail(to: "ops")).ShouldBe("to");
        Faults(Mail(from: "nobody")).ShouldBe("from");
        Faults(Mail(host: "a b")).ShouldBe("host");
        var settings = ChannelRules.Read(Mail(to: "a@example.com, b@example.com;c@example.com"), []).ShouldNotBeNull();
        settings.To.ShouldBe(["a@example.com", "b@example.com", "c@example.com"]);
    }

    [Fact]
    public void Mail_PasswordWithoutTls_IsRefused()
    {
        var draft = Mail();
        (draft.User, draft.Security) = ("ann", "None");
        Faults(draft).ShouldBe("security");
    }

    [Fact]
    public void Kinds_NotAll_AreKept_AllAreThoseOfLater()
    {
        var draft = new ChannelDraft { Name = "a", Url = "https://a.example" };
        ChannelRules.Read(draft, []).ShouldNotBeNull().Kinds.ShouldBeEmpty();
        draft.Kinds["disk"] = false;
        var settings = ChannelRules.Read(draft, []).ShouldNotBeNull();
        settings.Takes("disk", NoticeSeverity.Critical).ShouldBeFalse();
        settings.Takes("pool", NoticeSeverity.Info).ShouldBeTrue();
        foreach (var kind in draft.Kinds.Keys)
            draft.Kinds[kind] = false;
        Faults(draft).ShouldBe("kinds");
    }

    [Fact]
    public void Secret_StoredForOnePlace_IsNotSentToAnother()
    {
        var channel = new NoticeChannel(
            Guid.NewGuid(),
            new()
            {
                Name = "a",
                Kind = ChannelKind.Ntfy,
                Url = "https://ntfy.sh/topic",
            },
            new() { Token = "tk_secret" },
            1,
            default,
            "ann"
        );
        var draft = ChannelDraft.Of(channel);
        draft.Url = "https://ntfy.sh/other";
        Faults(draft).ShouldBe("");
        draft.ReadSecrets(channel.Secrets).Token.ShouldBe("tk_secret");
        draft.Url = "https://evil.example/topic";
        Faults(draft).ShouldBe("token");
        draft.Token.Typed = "tk_new";
        Faults(draft).ShouldBe("");
        draft.ReadSecrets(channel.Secrets).Token.ShouldBe("tk_new");
    }

    [Fact]
    public void Draft_AsTheBrowserKeepsIt_HasNoSecret()
    {
        var draft = Mail();
        draft.Password.Typed = "hunter2";
        draft.Address.Typed = "https://hooks.slack.com/services/secret";
        KeptDraft.Write(draft).ShouldNotContain("hunter2");
        KeptDraft.Write(draft).ShouldNotContain("services/secret");
        var kept = new KeptDraft(null, KeptDraft.Write(draft), null).To(new ChannelDraft()).ShouldNotBeNull();
        draft.TakeBack(kept).Password.Typed.ShouldBe("hunter2");
        kept.Host.ShouldBe("smtp.example.com");
        kept.Kinds["disk"].ShouldBeTrue();
    }

    private static ChannelDraft Mail(
        string host = "smtp.example.com",
        string from = "appliance@example.com",
        string to = "ops@example.com"
    ) =>
        new()
        {
            Name = "mail",
            Kind = "Email",
            Host = host,
            From = from,
            To = to,
        };

    private static string Faults(ChannelDraft draft)
    {
        var problems = new List<FieldProblem>();
        var settings = ChannelRules.Read(draft, problems);
        (settings is null).ShouldBe(problems.Count > 0);
        return string.Join(' ', problems.Select(problem => problem.Path));
    }
}
