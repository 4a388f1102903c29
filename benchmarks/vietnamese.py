"""Ordinary Vietnamese: what children, families and towns are drawn doing, none of which may be taken for anything."""

import random
from collections.abc import Iterator

from inference.safety.folding import fold

CHILDREN = "nữ sinh|trẻ em|học sinh|em bé|bé gái|bé trai|cô bé|cậu bé|thiếu nhi|học sinh lớp 5".split("|")
_SCHOOL = (
    "tan trường|toàn trường|đến trường|trước cổng trường|sân trường|mái trường|nhà trường|trường làng|hiệu trưởng|"
    "lớp trưởng|trưởng thành qua từng năm|giờ ra chơi|chào cờ đầu tuần|tiếng trống trường|khai giảng|bế giảng|"
    "làm toán|giải bài tập|tập đọc|tập viết|học thuộc lòng|trả bài|kiểm tra miệng|thi cuối kỳ|thi học sinh giỏi|"
    "nhận giấy khen|đeo khăn quàng đỏ|mặc áo dài trắng|mặc đồng phục|cặp sách|hộp bút|bút chì màu|thước kẻ|bảng đen|"
    "phấn trắng|bàn ghế gỗ|sách giáo khoa|vở ô li|thời khóa biểu|thư viện trường|phòng thí nghiệm|phòng máy tính|"
    "giờ thể dục|đá cầu|nhảy dây|kéo co|chạy tiếp sức|đội bóng của trường|văn nghệ chào mừng|múa hát tập thể|"
    "trại hè|dã ngoại cùng lớp|tham quan bảo tàng|thầy giáo|cô giáo|phụ huynh|bạn cùng bàn|bạn thân|trực nhật|"
    "quét lớp|tưới cây trong vườn trường|đọc báo tường|vẽ tranh cổ động|an toàn giao thông|phòng cháy chữa cháy|"
    "giáo dục thể chất|môn địa lý|môn lịch sử|môn ngữ văn|môn sinh học|môn hóa học|môn vật lý|môn tin học|làm tính|"
    "tính nhẩm|tính cộng trừ|bảng cửu chương|đức tính thật thà|tính tình vui vẻ|thông minh lanh lợi"
)
_FAMILY = (
    "gia đình sum họp|bữa cơm gia đình|ông bà nội|ông bà ngoại|bố mẹ|cha mẹ|anh chị em|chú bác|cô dì|họ hàng|"
    "mẹ bế con|bố dắt con đi học|bà kể chuyện cổ tích|ông câu cá|chị chải tóc cho em|anh dạy em đi xe đạp|"
    "mẹ nấu canh chua|bố sửa quạt|dọn nhà đón Tết|gói bánh chưng|luộc bánh tét|lì xì đầu năm|chúc Tết ông bà|"
    "mâm ngũ quả|cây nêu|cành đào|chậu quất|thắp hương bàn thờ|đi lễ chùa|xin chữ ông đồ|cúng giao thừa|"
    "sinh nhật vui vẻ|thổi nến|cắt bánh kem|tặng quà|chụp ảnh gia đình|đám cưới quê|rước dâu|mừng thọ|đầy tháng|"
    "ru con ngủ|hát ru|ôm gấu bông|đắp chăn|ngủ trưa|tắm cho chó|rửa bát|giặt quần áo|phơi quần áo|gấp chăn|"
    "quần áo mới|áo len ấm|mũ len|khăn quàng cổ|đôi dép nhựa|áo mưa|đôi ủng|ba lô con cóc"
)
_NATURE = (
    "bảo vệ môi trường|môi trường xanh|trồng cây|nhặt rác|phân loại rác|tiết kiệm nước|tiết kiệm điện|rừng tre|"
    "lũy tre làng|cánh đồng lúa|ruộng bậc thang|đồi chè|vườn cà phê|rừng thông|rừng tràm|rừng ngập mặn|thác nước|"
    "suối trong|hồ sen|dòng sông|bến nước|con đò|bãi biển|đảo nhỏ|hang động|núi cao|mây trắng|trời xanh|nắng vàng|"
    "mưa phùn|mưa rào|cầu vồng|sương mù|gió mùa|bão tan|trăng rằm|sao đêm|hoàng hôn|bình minh|mùa xuân|mùa hạ|"
    "mùa thu|mùa đông|hoa đào|hoa mai|hoa phượng|hoa sen|hoa súng|hoa cúc|hoa hồng|hoa lan tươi|hoa bằng lăng|"
    "hoa sữa|hoa gạo|cây đa|cây bàng|cây dừa|cây chuối|cây xoài|khóm trúc|bụi hồng|dây bầu|giàn mướp|con trâu|"
    "con bò|con nghé|con gà|con vịt|con ngan|con lợn|con mèo|con chó|con thỏ|con khỉ|con voi|con hổ|con cò|con cá|"
    "đàn chim|đàn bướm|đom đóm|chuồn chuồn|ve sầu|dế mèn|ong mật|tổ chim|chăn trâu|thả diều|câu cá|bắt cua|mò ốc|"
    "hái sen|hái chè|gặt lúa|tát nước|cày ruộng|cho gà ăn"
)
_TOWN = (
    "phố cổ|phố đi bộ|hồ Gươm|chùa Một Cột|cầu Long Biên|cầu Rồng|chợ Bến Thành|chợ nổi|chợ quê|chợ hoa|siêu thị|"
    "công viên|vườn thú|nhà hát|rạp chiếu phim|bảo tàng|bưu điện|bệnh viện|trạm xe buýt|nhà ga|sân bay|bến tàu|"
    "đường sắt|xe đạp|xe máy|xích lô|xe buýt|tàu hỏa|máy bay|thuyền thúng|đèn lồng|đèn đường|biển hiệu|quán phở|"
    "quán cà phê|gánh hàng rong|tiệm sách|tiệm bánh|hiệu thuốc|ngõ nhỏ|mái ngói|ban công|cầu thang|sân thượng|"
    "giếng nước|đình làng|cổng làng|con đê|nhà sàn|nhà rông|nhà tranh|công trường xây dựng|thị trường|quảng trường|"
    "chiến trường xưa|nông trường|hội trường|hiện trường|nghị trường|trường đua ngựa|trường quay|trần nhà cao|"
    "đường trần gian|trần thạch cao|chân trời|trận bóng đá|ca trực đêm"
)
_DAILY = (
    "ăn phở|ăn bún chả|ăn cơm tấm|uống sữa|uống nước cam|gói cam biếu bà|ăn kem|ăn kẹo lạc|ăn xôi|ăn dưa hấu|"
    "đọc sách|vẽ tranh|tô màu|nặn đất sét|xếp hình|chơi cờ vua|chơi ô ăn quan|chơi trốn tìm|bịt mắt bắt dê|rước đèn|"
    "phá cỗ Trung thu|múa lân|múa rối nước|hát quan họ|đánh đàn tranh|thổi sáo trúc|gõ trống|tập võ|tập bơi|đá bóng|"
    "cầu lông|bóng rổ|trượt patin|đi xe đạp|đi bộ|leo núi|cắm trại|nướng ngô|nhóm lửa|đun nước|giã gạo|dệt vải|"
    "thêu khăn|đan rổ|làm gốm|làm nón|làm đèn ông sao|làm bánh|làm vườn|làm việc nhà|làm quen bạn mới|cười tươi|"
    "vui đùa|khóc nhè|ngạc nhiên|suy nghĩ|mơ mộng|chăm chỉ|ngoan ngoãn|hiền lành|dũng cảm|khỏe mạnh|khôn ngoan|"
    "hòa đồng|lễ phép|gọi cảm ơn|nói lời xin lỗi|giúp đỡ người già|qua đường|xếp hàng|đổ rác|tưới hoa|đồ lặn biển|"
    "đồ chơi gỗ|đồ dùng học tập|búp bê vải|quả bóng bay|con quay|chong chóng|tò he|bong bóng xà phòng"
)
PHRASES = "|".join((_SCHOOL, _FAMILY, _NATURE, _TOWN, _DAILY)).split("|")
# What is written the same without its marks as a word of the lists; only the marks tell.
_TOLD_BY_MARKS = {"làm tính", "gói cam biếu bà", "gọi cảm ơn", "họ hàng"}


def beside_children(seed: int) -> Iterator[str]:
    """Each phrase beside each word for a child, with marks and without, and some strung together."""
    chance = random.Random(seed)
    bare = [phrase for phrase in PHRASES if phrase not in _TOLD_BY_MARKS]
    for child in CHILDREN:
        for phrase in PHRASES:
            yield f"{child} {phrase}"
        for phrase in bare:
            yield fold(f"{child} {phrase}")
        for phrases in (PHRASES, bare):
            said = [f"{child} {', '.join(chance.sample(phrases, 6))}" for _ in range(50)]
            yield from said if phrases is PHRASES else map(fold, said)
            said = [f"{child} {' '.join(chance.sample(phrases, 4))}" for _ in range(50)]
            yield from said if phrases is PHRASES else map(fold, said)
