using Appliance.Data.Revisions;
using Appliance.Web.Forms;
using Appliance.Web.Tests.Controls;
using Bunit;

namespace Appliance.Web.Tests.Forms;

public sealed class StaleNoticeTests : Rendering
{
    [Theory]
    [InlineData("ann", false, "You changed this route in another tab (revision 7).")]
    [InlineData("ann", true, "You deleted this route in another tab (revision 7).")]
    [InlineData("bob", false, "Somebody else saved this route while you were editing it (revision 7 by bob).")]
    [InlineData("bob", true, "Somebody deleted this route while you were editing it (revision 7 by bob).")]
    public void Notice_SaysWhoItWas(string author, bool isGone, string words)
    {
        this.AddAuthorization().SetAuthorized("ann");
        var by = new RevisionRow
        {
            Id = 7,
            Author = author,
            Comment = "",
            Origin = "console",
            Summary = "",
        };
        var notice = Render<StaleNotice>(parameters =>
            parameters.Add(one => one.Stale, new(isGone, 7, [], by)).Add(one => one.Word, "route").Add(one => one.ListPath, "/routes")
        );
        notice.Find("strong").TextContent.ShouldStartWith(words);
    }
}
